"""Every study that comes with the project: complete when its files are there, clear when they are not."""

import zipfile

import pytest
import yaml
from runs import ROOT, Project

from selectivity.assets import read_assets
from selectivity.published_files import weights_asset
from selectivity.study import Plan

STUDIES = sorted(path.stem for path in (ROOT / "config" / "studies").glob("*.yaml"))
ASSETS = read_assets(ROOT / "config" / "assets.csv")


def stand_ins(folder):
    """Return a file or folder for every asset, which a dry run takes for it."""
    folder.mkdir()
    local = {}
    for name, asset in ASSETS.items():
        place = folder / asset.file
        if name.startswith("ilsvrc2012"):
            place = folder / name
            (place / "n01440764").mkdir(parents=True)
        elif name == "imagenette2_320":
            place = folder / "imagenette.zip"
            with zipfile.ZipFile(place, "w") as archive:
                archive.writestr("val/n01440764/a.JPEG", b"")
        else:
            place.write_bytes(b"stand-in")
        local[name] = str(place)
    return local


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project.copy_to(tmp_path_factory.mktemp("studies") / "project")


def test_the_studies_of_the_design_are_there():
    assert {"demo", "imagenette", "gale2020", "bus", "rafegas2017", "substitution2020"} <= set(
        STUDIES
    )


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_a_dry_run_resolves_the_whole_study_when_its_files_are_there(project, tmp_path, study):
    local = yaml.safe_dump(stand_ins(tmp_path / "files"), default_flow_style=True, width=10**6)
    done = project.snakemake("--dry-run", "--config", f"study={study}", f"local={local.strip()}")
    assert "This was a dry-run" in done.stdout
    assert "fetch_asset" not in done.stdout


@pytest.mark.slow
def test_what_can_be_fetched_is_fetched_by_jobs_of_its_own(project):
    text = project.snakemake("--dry-run", "--config", "study=imagenette").stdout
    assert text.count("rule fetch_asset:") == 3
    assert "rule repack_images:" in text
    assert text.count("rule convert_weights:") == 2


@pytest.mark.parametrize("study", STUDIES)
def test_what_is_missing_is_named_before_any_job(monkeypatch, study):
    monkeypatch.chdir(ROOT)
    content = yaml.safe_load((ROOT / "config" / "studies" / f"{study}.yaml").read_text())
    registry = yaml.safe_load((ROOT / "config" / "networks.yaml").read_text())["networks"]
    wanted = {content["dataset"].get("asset")}
    for name, entry in content["networks"].items():
        wanted.add(weights_asset({**registry[name], **(entry or {})}))
    wanted -= {None}
    if not wanted:
        Plan.read({"study": study, "offline": True}, ROOT)
        return
    with pytest.raises(Exception, match="is not here, offline") as error:
        Plan.read({"study": study, "offline": True}, ROOT)
    message = str(error.value)
    for name in wanted:
        assert f"asset '{name}'" in message
        assert ASSETS[name].file in message
        assert ASSETS[name].known_hash in message
    assert f"local: {{{min(wanted)}: <path>}}" in message


def test_a_network_without_weights_is_refused(tmp_path):
    path = tmp_path / "study.yaml"
    study = {
        "study": "mine",
        "dataset": {"world": {}},
        "networks": {"shallow_conv_cifar10": None},
    }
    path.write_text(yaml.safe_dump(study))
    with pytest.raises(Exception, match="'shallow_conv_cifar10' has no weights"):
        Plan.read({"study": str(path)}, ROOT)


def test_units_to_bootstrap_need_a_layer_of_some_network(tmp_path):
    path = tmp_path / "study.yaml"
    study = {
        "study": "mine",
        "dataset": {"world": {}},
        "networks": {"small_alexnet": {"train": {}}},
        "measures": {"bootstrap": {"units": {"fc66": [3]}}},
    }
    path.write_text(yaml.safe_dump(study))
    with pytest.raises(
        Exception, match=r"bootstrap\.units: no network has a layer 'fc66'; did you mean 'fc"
    ):
        Plan.read({"study": str(path)}, ROOT)
    study["measures"]["bootstrap"]["units"] = {"fc6": [3]}
    path.write_text(yaml.safe_dump(study))
    Plan.read({"study": str(path)}, ROOT)


@pytest.mark.parametrize("section", ["gray_accuracy", "preprocessing_variants"])
def test_sections_about_accuracy_need_a_network_that_classifies(tmp_path, section):
    network = {"registry": "small_alexnet", "train": {}, "names_classes": False}
    study = {
        "study": "mine",
        "dataset": {"world": {}},
        "networks": {"net": network},
        "activations": {"images": "all"},
        section: {},
    }
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study))
    with pytest.raises(Exception, match=f"the section '{section}' needs a network that classifies"):
        Plan.read({"study": str(path)}, ROOT)
    study["networks"]["net"]["names_classes"] = True
    path.write_text(yaml.safe_dump(study))
    assert Plan.read({"study": str(path)}, ROOT).classifiers == ["net"]


PAPERS = {
    "caffenet", "googlenet-imagenet", "googlenet-places365", "vgg16-places365", "vgg-m", "mlp",
    "shallow-conv",
}  # fmt: skip


def test_the_networks_of_the_papers_are_compared_with_the_printed_numbers():
    marked = set()
    for study in STUDIES:
        content = yaml.safe_load((ROOT / "config" / "studies" / f"{study}.yaml").read_text())
        for entry in content["networks"].values():
            marked.add(((entry or {}).get("published_as") or {}).get("network"))
    assert marked - {None} == PAPERS


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"measures": {"groups": {"bus": ["scool bus"]}}},
            r"measures\.groups\.bus: there is no class 'scool bus'; did you mean 'school bus'",
        ),
        (
            {"figures": {"output_class": "goldfish finch"}},
            r"figures\.output_class: there is no class 'goldfish finch'; did you mean 'goldfinch'",
        ),
    ],
)
def test_classes_that_ilsvrc_does_not_have_are_refused_before_any_job(tmp_path, section, message):
    (tmp_path / "photos").mkdir()
    study = {
        "study": "mine",
        "dataset": {"images": str(tmp_path / "photos"), "classes": "ilsvrc2012"},
        "networks": {"net": {"registry": "small_alexnet", "train": {}}},
        **section,
    }
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study))
    with pytest.raises(Exception, match=message):
        Plan.read({"study": str(path)}, ROOT)


def test_a_variant_of_a_suite_that_is_left_out_is_refused(tmp_path):
    path = tmp_path / "study.yaml"
    study = yaml.safe_load((ROOT / "config" / "studies" / "demo.yaml").read_text())
    study["measures"] = {"variants": ["kmeans_pp_seeded"]}
    path.write_text(yaml.safe_dump(study))
    with pytest.raises(Exception, match=r"add 'gap: \{\}' to measures"):
        Plan.read({"study": str(path)}, ROOT)
    study["measures"]["gap"] = {}
    path.write_text(yaml.safe_dump(study))
    plan = Plan.read({"study": str(path)}, ROOT)
    assert plan.study["measures"]["gap"] == {
        "images": 1000,
        "clusters": 20,
        "structured_clusters": 10,
    }
