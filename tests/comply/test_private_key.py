"""A private key never comes into a finding."""


def test_a_line_of_a_file_with_a_private_key_is_not_shown(finding_of):
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"

    finding = finding_of(["f:/k -> r:b3Bl", "c:cat /k -> r:b3Bl"], files={"/k": key}, commands={"cat /k": key})

    assert finding.status.value == "pass"
    assert not any("b3Bl" in each.shown for each in finding.evidence)
