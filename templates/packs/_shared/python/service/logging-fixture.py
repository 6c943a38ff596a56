@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """An app sets the logging of the whole process; the next test starts without it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
