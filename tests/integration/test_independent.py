# SPDX-License-Identifier: BSD-2-Clause
"""The independent implementation (v0.py) agrees with the released program's outputs."""
import json
import ssl

import pytest
from cryptography import x509

import harness
import v0

VECTORS = json.loads((harness.ROOT / "tests" / "vectors" / "vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["secrets"], ids=lambda vector: repr(vector["secret"]))
def test_derived_from_the_password_as_by_the_released_program(vector):
    otp = v0.Otp(bytes.fromhex(vector["secret_hex"]).decode())
    assert otp.bytes.hex() == vector["otp"]
    assert otp.basic == vector["basicAuthPassword"]
    assert otp.seed.hex() == vector["ed25519_seed"]
    assert otp.certificate.hex() == vector["cert_der"]


@pytest.mark.parametrize("vector", VECTORS["reader"])
def test_hkdf_as_by_the_released_program(vector):
    out = v0.derive(vector["secret"].encode(), vector["label"], vector["len"], vector["context"])
    assert out.hex() == vector["out"]


@pytest.mark.parametrize("vector", VECTORS["add_data_request"])
def test_add_data_body_as_by_the_released_program(vector):
    body = v0.add_data_body(bytes.fromhex(vector["entropy"]), vector["timestamp"])
    assert body.decode() == vector["json"]


@pytest.mark.parametrize("vector", VECTORS["uds"])
def test_fingerprint_as_by_the_released_program(vector):
    assert v0.fingerprint(vector["ssh_publickey"]) == vector["ssh_fingerprint"]


def test_hex_dump_as_by_the_released_program():
    vector = VECTORS["hexify"][0]
    assert harness.hexify(bytes.fromhex(vector["in"])) == vector["out"]


def test_certificate_says_what_the_specification_says():
    certificate = x509.load_der_x509_certificate(v0.Otp("sikritpassword").certificate)
    assert certificate.version == x509.Version.v3
    assert certificate.serial_number == 0
    assert not list(certificate.issuer) and not list(certificate.subject)
    assert certificate.not_valid_before.isoformat() == "1970-01-01T00:00:00"
    assert certificate.not_valid_after.isoformat() == "2038-01-19T03:14:09"
    names, = (extension.value for extension in certificate.extensions
              if isinstance(extension.value, x509.SubjectAlternativeName))
    assert names.get_values_for_type(x509.DNSName) == ["stprov"]
    assert [extension.critical for extension in certificate.extensions] == [True, False, True]


def test_both_sides_of_the_independent_implementation_understand_each_other():
    otp = v0.Otp("sikritpassword")
    with v0.FakePlatform(otp) as fake, v0.Client(fake.address, otp) as client:
        assert client.sock.version() == "TLSv1.3"
        assert client.sock.getpeercert(binary_form=True) == otp.certificate
        assert client.add_data(bytes(32), 0).status == 200
        assert client.commit().json == v0.COMMIT_ANSWER
    with pytest.raises(ValueError), v0.FakePlatform(otp) as fake:
        v0.Client(fake.address, v0.Otp("another"))
    assert ssl.HAS_TLSv1_3
