"""The wheel: built, installed into a fresh environment, and complete."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONNECTORS = sorted(PROJECT["project"]["entry-points"]["isthmus.connectors"])
NEW_ENOUGH = int(version("setuptools").partition(".")[0]) >= 77
"""The installed setuptools can build without fetching another."""
SHIPPED = ("core", "connectors", "mappings", "sandbox", "testing")


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(source: Path, target: Path) -> Path:
    """Build the wheel of a package."""
    isolation = ["--no-isolation"] if NEW_ENOUGH else []
    run(sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", target, source)
    (made,) = target.glob("*.whl")
    return made


def install(wheel: Path, programs: Path) -> None:
    """Install a wheel, and nothing beside it, into an environment."""
    run(
        sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet", "--no-deps",
        "--no-index", "--disable-pip-version-check", wheel,
    )  # fmt: skip


def folders_with_code() -> set[str]:
    found = {"isthmus"}
    for folder in SHIPPED:
        found |= {
            ".".join(("isthmus", *path.parent.relative_to(ROOT).parts)) for path in (ROOT / folder).rglob("__init__.py")
        }
    return found


def test_the_list_of_packages_is_the_list_of_folders():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == folders_with_code()


def test_a_folder_with_modules_is_a_package():
    lacking = [
        str(path.relative_to(ROOT))
        for folder in SHIPPED
        for path in (ROOT / folder).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    ]
    assert lacking == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy, so that nothing is left in the checkout."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    names = ["pyproject.toml", "README.md", "LICENSE", "py.typed", *(path.name for path in ROOT.glob("*.py")), *SHIPPED]
    run("cp", "-R", *(ROOT / name for name in names), source)
    return built(source, target)


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; what it depends on is borrowed from this one."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    scheme = sysconfig.get_paths("venv", {"base": str(folder), "platbase": str(folder)})
    place = Path(scheme["purelib"])
    install(wheel, folder / "bin")
    (place / "borrowed.py").write_text(
        "import sys\n"
        f"sys.path.append({sysconfig.get_paths()['purelib']!r})\n"
        "sys.meta_path[:] = [each for each in sys.meta_path if 'editable' not in getattr(each, '__name__', '')]\n"
    )
    (place / "borrowed.pth").write_text("import borrowed\n")
    return folder / "bin"


def test_the_wheel_holds_mappings_marker_and_licence(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    mappings = {f"isthmus/mappings/{path.name}" for path in (ROOT / "mappings").glob("*.yaml")}
    assert mappings
    assert mappings | {"isthmus/py.typed", "isthmus/cli.py", "isthmus/core/ledger/ledger.py"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names} == {
        "isthmus",
        next(n for n in names if "dist-info" in n).partition("/")[0],
    }
    assert not any("tests" in name.split("/") for name in names)


def test_the_installed_program_tells_its_version(fresh: Path, tmp_path: Path):
    assert PROJECT["project"]["version"] in run(fresh / "isthmus", "--version", cwd=tmp_path)
    assert PROJECT["project"]["version"] in run(fresh / "python", "-m", "isthmus", "--version", cwd=tmp_path)


def test_the_installed_package_is_the_wheel_and_every_connector_loads(fresh: Path, tmp_path: Path):
    code = (
        "import isthmus, pathlib\n"
        "from isthmus.core.registry import connector_class\n"
        "from isthmus.core.mapping.spec import shipped_mapping\n"
        "print(pathlib.Path(isthmus.__file__).parent)\n"
        f"for name in {CONNECTORS}:\n"
        "    assert connector_class(name).name == name == shipped_mapping(name).connector\n"
        "    print(name)\n"
    )
    place, *names = run(fresh / "python", "-c", code, cwd=tmp_path).split()
    assert Path(place).is_relative_to(fresh.parent)
    assert names == CONNECTORS


@pytest.mark.acceptance
def test_the_example_of_a_plug_in_installs_beside_it(fresh: Path, tmp_path: Path):
    source = tmp_path / "isthmus-roundup"
    run("cp", "-R", ROOT / "examples" / "isthmus-roundup", source)
    install(built(source, tmp_path), fresh)
    listed = json.loads(run(fresh / "isthmus", "connectors", "--json", cwd=tmp_path))
    assert sorted([*CONNECTORS, "roundup"]) == [each["name"] for each in listed]
    code = "from isthmus.core.mapping.spec import shipped_mapping\nprint(shipped_mapping('roundup').connector)\n"
    assert run(fresh / "python", "-c", code, cwd=tmp_path).split() == ["roundup"]


def test_every_connector_has_a_mapping_and_a_vendor_to_try_it_on():
    for name in PROJECT["project"]["entry-points"]["isthmus.connectors"]:
        assert (ROOT / "mappings" / f"{name}.yaml").is_file()
        assert (ROOT / "sandbox" / name / "__init__.py").is_file() or (ROOT / "tests" / "real" / name).is_dir()


def test_every_entry_point_of_this_environment_loads():
    found = entry_points(group="isthmus.connectors")
    assert {entry.name for entry in found} >= set(PROJECT["project"]["entry-points"]["isthmus.connectors"])
    for entry in found:
        assert entry.load().name == entry.name
