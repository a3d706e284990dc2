"""The copy of a template that is deployed on this machine."""

import pytest

from localcloud.templates import derived, difference, read_template

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Image:
    Type: AWS::Serverless::Function
    Metadata: &build {DockerContext: ., Dockerfile: Dockerfile, DockerTag: latest}
    Properties:
      PackageType: Image
      FunctionName: !Sub ${AWS::StackName}-image
  Other:
    Type: AWS::Serverless::Function
    Metadata:
      <<: *build
      checkov: {skip: [{id: CKV_AWS_1, comment: why}]}
    Properties: {PackageType: Image}
  Zip:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/zip}
  Inline:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: pass}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: layers/core}
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Ref Name}
"""


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return read_template(path)


def put(kind, folder):
    return f"s3://artefacts/{kind}/{folder}"


def test_images_get_the_given_uri_and_artefacts_the_place_where_they_were_put(template):
    found = derived(template, "image:1", put)["Resources"]
    assert found["Image"]["Properties"]["ImageUri"] == "image:1"
    assert found["Zip"]["Properties"]["CodeUri"] == "s3://artefacts/function/functions/zip"
    assert found["Layer"]["Properties"]["ContentUri"] == "s3://artefacts/layer/layers/core"


def test_what_tells_how_to_build_is_left_out_and_nothing_else(template):
    found = derived(template, "image:1", put)["Resources"]
    assert "Metadata" not in found["Image"]
    assert list(found["Other"]["Metadata"]) == ["checkov"]


def test_all_else_is_as_it_was(template):
    found = derived(template, "image:1", put)["Resources"]
    assert found["Bucket"] == template["Resources"]["Bucket"]
    assert found["Inline"] == template["Resources"]["Inline"]
    assert found["Image"]["Properties"]["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-image"}


def test_the_template_itself_is_not_changed(template):
    before = difference(template, template)
    derived(template, "image:1", put)
    assert "ImageUri" not in template["Resources"]["Image"]["Properties"]
    assert difference(template, template) == before == ""


def test_the_difference_names_the_changed_lines(template):
    lines = difference(template, derived(template, "image:1", put)).splitlines()
    assert "-      CodeUri: functions/zip" in lines
    assert "+      CodeUri: s3://artefacts/function/functions/zip" in lines
    assert not any("BucketName" in line for line in lines)
