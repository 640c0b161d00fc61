#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors
"""Print the C program of README.md, so that the build compiles and runs what readers see."""

import argparse
import re
import sys

parser = argparse.ArgumentParser(description=__doc__, epilog="example: readme_program.py README.md")
parser.add_argument("readme", help="the page")
args = parser.parse_args()

try:
    with open(args.readme, encoding="utf-8") as page:
        blocks = re.findall(r"^```c\n(.*?)^```$", page.read(), re.M | re.S)
except OSError as err:
    sys.exit(f"readme_program.py: {args.readme}: {err.strerror}")
if len(blocks) != 1:
    sys.exit(f"readme_program.py: {args.readme}: {len(blocks)} C programs, one was expected")
sys.stdout.write(blocks[0])
