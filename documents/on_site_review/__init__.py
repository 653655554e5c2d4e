"""The papers of a review: announced, noticed, a first opinion, and the opinion letter."""

from documents.on_site_review.before_the_visit import visit_announcement, visit_notice
from documents.on_site_review.opinions import opinion_letter, preliminary_opinion

__all__ = ["opinion_letter", "preliminary_opinion", "visit_announcement", "visit_notice"]
