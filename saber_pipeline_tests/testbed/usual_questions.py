"""The questions that most worlds ask."""

from __future__ import annotations

from saber_pipeline.config.questions.question import Question

SIZE = Question("size", "How many people work there?")
CLOUD = Question("cloud", "Which cloud do they use?")
