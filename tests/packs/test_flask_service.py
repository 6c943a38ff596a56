"""The project that flask-service makes; what it shares with others is in ``test_services.py``."""

from __future__ import annotations

from tests.packs.conftest import MakeProject


def test_it_names_its_own_app_wherever_a_server_looks(make_project: MakeProject) -> None:
    project = make_project("flask-service", name="my-shop2")
    assert 'wsgi_app = "my_shop2:create_app()"' in project.read("gunicorn.conf.py")
    assert "flask --app my_shop2 run" in project.read("Makefile")
