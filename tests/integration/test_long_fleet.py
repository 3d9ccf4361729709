# SPDX-License-Identifier: BSD-2-Clause
"""100 platforms in one run, 20 at a time, whose laptops write one known_hosts file."""
import fleet
import harness

COUNT = 100


def test_a_hundred_platforms_are_provisioned_and_none_wrongly(tmp_path):
    results, seconds = fleet.run(tmp_path, COUNT, harness.free_port())
    assert fleet.complaints(tmp_path, results) == []
    fingerprints = {told["fingerprint"] for _, told, _, _, _ in results}
    words = {told["comparison_words"] for _, told, _, _, _ in results}
    assert len(fingerprints) == COUNT and len(words) == COUNT
    memory = max(kib for _, _, _, kib, _ in results)
    print(f"{COUNT} platforms in {seconds:.1f} s; a laptop's process has {memory} KiB at most")
    # A bound that only a leak exceeds.
    assert memory < 64 * 1024
