"""Which test file stands for which clause of the guide.

An installed package has no tests beside it, so this is written down here; a test compares it with the docstrings.
"""

_SERVED_BY: dict[str, str] = {
    "tests/guide/test_guide_overview.py": "OV-1 OV-2 OV-3",
    "tests/guide/test_guide_quick_start.py": "QS-1 QS-2 QS-3",
    "tests/guide/test_guide_state_machine.py": "ST-1 ST-2 ST-3 ST-4 ST-5 ST-6 ST-7 ST-8 ST-9 ST-10 "
    "SU-1 SU-2 SU-3 SU-4 SU-5 SU-6 SU-7 SU-8 SU-9 SU-10 SU-11 SD-1 SD-2 SD-3 SD-4 SD-5 SD-6 SD-7 SD-8",
    "tests/guide/test_guide_api_actions.py": "IN-1 IN-2 IN-3 IN-4 SB-1 SB-2 SB-3 SP-1 EM-1 EM-2 EM-3 EM-4 "
    "RC-1 RC-2 RC-3",
    "tests/guide/test_guide_state_inspection.py": "SN-1 SN-2 SN-3 CS-1 CP-1 VT-1 VT-2",
    "tests/guide/test_guide_utility_hooks.py": "HK-1 HK-2 HK-3",
    "tests/guide/test_guide_configuration.py": "CF-1 CF-2 CF-3 CF-4",
    "tests/guide/test_guide_migration_examples.py": "EX-1 EX-2 EX-3 EX-4",
    "tests/guide/test_guide_testing.py": "UT-1 UT-2 UT-3",
    "tests/guide/test_guide_state_monitor.py": "MO-1 MO-2 MO-3 MO-4 BP-4",
    "tests/guide/test_guide_debugging.py": "LG-1 LG-2",
    "tests/guide/test_guide_convex_integration.py": "CX-1 CX-2 CX-3 CX-4",
    "tests/guide/test_guide_best_practices.py": "BP-1 BP-2 BP-3",
    "tests/guide/test_guide_troubleshooting.py": "TR-1 TR-2 TR-3",
    "tests/guide/test_guide_summary.py": "SM-1 SM-2",
}

EVIDENCE: tuple[tuple[str, str], ...] = tuple(
    (clause, file) for file, clauses in _SERVED_BY.items() for clause in clauses.split()
)
"""(clause id, test file), by file in the order of the guide."""
