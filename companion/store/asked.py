"""What a job was asked to do, as it is kept."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.handing import Parameters
from companion.types import Role, Voice

JOB_COLUMNS = (
    schema.job.c.id.label("job_id"),
    schema.job.c.model.label("asked"),
    *(schema.job.c[n] for n in ("episode_id", "speakers", "hotwords", "voices")),
    *(schema.job.c[n] for n in ("stop", "work_s", "work_audio_s", "left_audio_s")),
)


def add_job(connection: sa.Connection, episode_id: int, parameters: Parameters, made: datetime) -> str:
    """A new job of an episode in the place of its old one, within the caller's transaction; returns its id."""
    name = uuid.uuid4().hex
    connection.execute(sa.delete(schema.job).where(schema.job.c.episode_id == episode_id))
    connection.execute(
        sa.insert(schema.job).values(
            id=name,
            episode_id=episode_id,
            made=made,
            model=parameters.model,
            speakers=parameters.speakers,
            hotwords=list(parameters.hotwords),
            voices=[[v.label, v.name, v.role] for v in parameters.voices],
        )
    )
    return name


def parameters_of(connection: sa.Connection, episode_id: int) -> Parameters:
    """The parameters of an episode's job."""
    query = sa.select(*JOB_COLUMNS).where(schema.job.c.episode_id == episode_id)
    return parameters_in(connection.execute(query).one())


def parameters_in(row: Any) -> Parameters:
    """The parameters in a row of `JOB_COLUMNS`."""
    voices = tuple(Voice(label, name, Role(role), confirmed=True) for label, name, role in row.voices)
    return Parameters(row.asked, row.speakers, tuple(row.hotwords), voices)
