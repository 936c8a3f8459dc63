"""Fuzz the decoders, guided by coverage: ``make fuzz``, or ``python -m tests.fuzz --for 600 modbus-tcp``."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 60
"""For each target, unless told otherwise."""
MOST_MB = 1_000
"""Of memory: more is a failure."""
SLOWEST_S = 5
"""One input that takes longer is a failure."""


def main() -> None:
    """Fuzz each target in a process of its own; ends with the first that fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--for", dest="seconds", type=int, default=SECONDS, help="seconds for each target")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    if arguments.inside:
        _fuzz(arguments.targets[0], arguments.seconds)
        return
    from tests.fuzz.targets import TARGETS

    for name in arguments.targets or TARGETS:
        sys.stdout.write(f"== {name}, {arguments.seconds} s\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", "tests.fuzz", "--inside", "--for", str(arguments.seconds), name]
        if subprocess.run(command, check=False).returncode:
            sys.exit(f"{name}: the input that failed is in the file that is named above")


def _fuzz(name: str, seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["drivers"]):
        from tests.fuzz.targets import TARGETS, seeds

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(name)):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MOST_MB}", f"-timeout={SLOWEST_S}"]
        atheris.Setup([name, *limits, "-print_final_stats=1", "-verbosity=0", corpus], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
