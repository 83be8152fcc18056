"""The replayer of the tests of faults: the node's own, but with a snapshot and a state digest every moment."""

from sanad.node import auditing, replayer

if __name__ == "__main__":
    replayer.SNAPSHOT_SECONDS = 0.2
    vars(replayer)["STATE_DIGEST_BLOCKS"] = auditing.STATE_DIGEST_BLOCKS = 64
    replayer.main()
