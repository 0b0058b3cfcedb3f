"""What pyproject.toml cannot say: the four folders and every room in them are packages of `broadcast_orchestrator`."""

from setuptools import find_packages, setup

NAME = "broadcast_orchestrator"
FOLDERS = ("model", "sim", "properties", "reports")

setup(
    packages=[f"{NAME}.{each}" for each in find_packages(include=[p for f in FOLDERS for p in (f, f"{f}.*")])],
    package_dir={f"{NAME}.{folder}": folder for folder in FOLDERS},
)
