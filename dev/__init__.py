"""What building, testing and measuring pgteller takes; nothing here is part of it."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
