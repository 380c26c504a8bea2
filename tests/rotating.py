"""A process that exchanges keys until somebody kills it: `rotating URL KEY master|installation [NEW]`."""

from __future__ import annotations

import sys
from pathlib import Path

from connector.privacy.vault import MasterKey
from connector.rotation import rotate_installation_key, rotate_master_key, vault_for
from connector.store import Store


def main(url: str, key_file: str, what: str, new_key_file: str = "") -> None:
    store = Store.open(url)
    key = MasterKey.load(Path(key_file), may_create=False)
    print("begun", flush=True)  # noqa: T201 - the test waits for it
    if what == "master":
        done = rotate_master_key(store, key, MasterKey.load(Path(new_key_file), may_create=True))
    else:
        done = rotate_installation_key(store, "shop", vault_for(store, key))
    print(f"under the old key: {done.under_old_key}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
