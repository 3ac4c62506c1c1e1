"""What all answers share: amounts as strings of base units, times as RFC 3339, problems as RFC 9457. Knows no noun."""

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from api.problems import MEDIA_TYPE
from escrow.clock import format_time

UnitsText = Annotated[int, PlainSerializer(str, return_type=str), Field(examples=["129000000000"])]
"""Base units of the token that stands beside it, as a string: they don't fit a JSON number."""
TimeText = Annotated[int, PlainSerializer(format_time, return_type=str), Field(examples=["2008-06-01T00:00:00Z"])]


class ProblemDocument(BaseModel):
    """RFC 9457. `code` is the error's name, the same as in the contract where it comes from there; its data follow."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    schema = ProblemDocument.model_json_schema()
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in (*statuses, 503)
    }
