"""Runs the tests of one script: by pytest where there is one, else those that unittest knows.

python suite.py SCRIPT

The script has the arguments JAVA CLASS_PATH, of the bundle's.
"""

import importlib.util
import inspect
import os
import re
import sys
import traceback
import unittest
from pathlib import Path

import messages


class Listener(unittest.TestResult):
    """Says how each test has ended."""

    def _name(self, test):
        # What is skipped as a whole is called setUpClass (script.Name).
        return re.sub(r"^setUpClass \((.*)\)$", r"\1", test.id()).removeprefix("script.")

    def startTest(self, test):
        super().startTest(test)
        messages.progress(self._name(test))

    def addSuccess(self, test):
        messages.case("passed", self._name(test))

    def addSkip(self, test, reason):
        messages.case("skipped", self._name(test), reason)

    def addFailure(self, test, error):
        self.addError(test, error)

    def addError(self, test, error):
        traceback.print_exception(*error)
        reason = traceback.format_exception_only(*error[:2])[-1]
        messages.case("failed", self._name(test), reason)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.addError(subtest, error)


class Plugin:
    """The same for pytest."""

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.split("::", 1)[-1]
        if report.failed:
            print(report.longreprtext, flush=True)
            messages.case("failed", name, report.longreprtext.splitlines()[-1])
        elif report.skipped:
            messages.case("skipped", name, report.longrepr[2].removeprefix("Skipped: "))
        elif report.when == "call":
            messages.case("passed", name)

    def pytest_collectreport(self, report):
        if report.failed:
            messages.case("failed", report.nodeid or "collecting", report.longreprtext)
        elif report.skipped:
            messages.case("skipped", report.nodeid, report.longrepr[2].removeprefix("Skipped: "))


def with_pytest(script):
    import pytest

    # No cache, no settings of others, no output captured: the JVM prints on its own.
    pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-c", "/dev/null", script], [Plugin()])


def with_unittest(script):
    spec = importlib.util.spec_from_file_location("script", script)
    module = importlib.util.module_from_spec(spec)
    sys.modules["script"] = module
    try:
        spec.loader.exec_module(module)
    except unittest.SkipTest as skipped:
        messages.case("skipped", Path(script).name, skipped)
        return
    tests = unittest.defaultTestLoader.loadTestsFromModule(module)
    for function in [*named_so(module), *getattr(module, "TESTS", ())]:
        tests.addTest(unittest.FunctionTestCase(function))
    tests.run(Listener())


def named_so(module):
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_") and not inspect.signature(function).parameters:
            yield function


def main():
    script = str(Path(__file__).parent / sys.argv[1])
    sys.path.insert(0, str(Path(script).parent))
    java = Path(os.environ["GPU_CHECK_JAVA_HOME"], "bin", "java")
    sys.argv[:] = [script, str(java), os.environ["GPU_CHECK_CLASS_PATH"]]
    wants_pytest = "import pytest" in Path(script).read_text()
    if wants_pytest and importlib.util.find_spec("pytest") is None:
        messages.case("skipped", Path(script).name, "pytest: not installed; pip install pytest")
    elif wants_pytest:
        with_pytest(script)
    else:
        with_unittest(script)
    messages.end()


main()
