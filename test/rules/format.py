#!/usr/bin/env python3
"""Holds the C++ sources to .clang-format.

    ./format.py [--mend]      (without: says what differs, exit status 1)

The form differs between versions of clang-format: it is that of Debian 12, version 14.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = "clang-format-14"


def sources():
    return [file for folder in ("controller", "test") for ending in ("*.cpp", "*.hpp")
            for file in sorted((ROOT / folder).rglob(ending))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mend", action="store_true", help="rewrite the files that differ")
    mode = ["-i"] if parser.parse_args().mend else ["--dry-run", "-Werror", "--ferror-limit=1"]
    if not shutil.which(PROGRAM):
        sys.exit(f"{PROGRAM} is missing: make check-packages")
    files = sources()
    status = subprocess.run([PROGRAM, *mode, *files], cwd=ROOT, check=False).returncode
    print(f"{len(files)} files" if status == 0 else "make format mends this")
    sys.exit(status)


if __name__ == "__main__":
    main()
