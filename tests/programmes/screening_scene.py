"""Small made-up lists in a folder of their own, and questions to them."""

from importlib import resources
from pathlib import Path

from sanad.compliance.screening.desk.answers import Answer, Lists, ask
from sanad.compliance.screening.desk.asking import query_of
from sanad.compliance.screening.desk.lists import Imported, ListFolder
from sanad.standards.iso20022.payment import Payment

SAMPLES = Path(str(resources.files("sanad.standards.sanctions") / "samples"))
NATIONAL = SAMPLES / "national.csv"
LISTED, LISTED_URDU, NOBODY = "Zarak Sultan Bangash", "زرک سلطان بنگش", "Wilhelmina Oosterhuis"


class Scene:
    """A folder of lists with the national one in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = ListFolder(path)
        self.lists = Lists(self.folder)

    def take(self, *paths: Path, source: str = "national", **options: object) -> Imported:
        """Import files, and look at the folder again at once."""
        imported = self.folder.import_file(source, paths, **options)  # type: ignore[arg-type]
        self.lists.forget()
        return imported

    def rows(self, change: object = None, *, name: str = "next.csv") -> Path:
        """The national list as it will be tomorrow: `change` gets its lines, and gives others."""
        lines = NATIONAL.read_text("utf-8").splitlines()
        changed = change(lines) if callable(change) else lines
        target = self.path.parent / name
        target.write_text("\n".join(changed) + "\n", encoding="utf-8")
        return target

    def ask(self, name: str, **known: str) -> Answer:
        return ask(self.lists, query_of([name], **known))


def payment(debtor: str | None, creditor: str | None, account: str | None = None) -> Payment:
    """Of a pacs.008, with nothing in it but its parties."""
    return Payment(
        1, None, "E2E", None, None, 100, "PKR", None, "SLEV", debtor, None, None, None, None, creditor, None, account,
        None, None, None, None,
    )  # fmt: skip
