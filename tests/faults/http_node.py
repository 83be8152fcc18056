"""A process that serves the HTTP interface in front of a fake core: `python -m tests.faults.http_node PORT LIMITS`."""

import json
import sys

from sanad.base.errors import Refused
from sanad.node.http import HttpServer
from sanad.node.http_limits import Limits
from tests.unit.node_http.fake import FakeService


def main() -> None:
    try:
        server = HttpServer(FakeService(), port=int(sys.argv[1]), limits=Limits(**json.loads(sys.argv[2])))
    except Refused as refused:
        print(refused, flush=True)
        sys.exit(3)
    print(server.address, flush=True)
    server.run()
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
