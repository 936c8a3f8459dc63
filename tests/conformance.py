"""Published schemas and models of others, which the tests use where they lie beside the project, and never copy."""

from pathlib import Path

import pytest

CONFORMANCE = Path(__file__).parents[2] / "shared" / "conformance"
TALQ = CONFORMANCE / "talq" / "talq-data-model-2-7-1.json"
FIWARE = CONFORMANCE / "fiware"
SNMP_DUMPS = CONFORMANCE / "snmp"

NOT_OURS = "the published models are not beside the project"
"""Why a test is skipped without them. They are not ours to ship, so this alone may be skipped in CI."""

needs_talq = pytest.mark.skipif(not TALQ.is_file(), reason=NOT_OURS)
needs_fiware = pytest.mark.skipif(not FIWARE.is_dir(), reason=NOT_OURS)
needs_snmp_dumps = pytest.mark.skipif(not SNMP_DUMPS.is_dir(), reason=NOT_OURS)
