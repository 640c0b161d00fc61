# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors
"""Sphinx configuration of the guides."""

project = "Vinetalk"
copyright = "2026 Vinetalk authors"
author = "Vinetalk authors"
master_doc = "index"
html_theme = "alabaster"
html_theme_options = {"page_width": "1080px"}
html_show_sphinx = False
highlight_language = "none"
