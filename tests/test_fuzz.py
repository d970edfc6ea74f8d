"""Random requests, made from the OpenAPI document and from nothing but bytes."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings

import web
from web import openapi
from web.routes import ROUTES, load

pytestmark = [pytest.mark.first_server, pytest.mark.direct]

SEED = int(os.environ.get("FUZZ_SEED", "20260101"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))

load()
applications = []  # the one under test, once there is one


def gateway(environ, start_response):
    return applications[-1](environ, start_response)


schema = schemathesis.openapi.from_dict(openapi.document(ROUTES, web.__version__))
schema.app = gateway
bounded = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


@pytest.fixture(scope="module", autouse=True)
def under_test(app):
    """The application that the schema's requests go to."""
    applications.append(app)


@schema.parametrize()
@seed(SEED)
@bounded
def test_requests_made_from_the_document(case):
    case.call_and_validate()
