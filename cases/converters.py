"""How a child's or an episode's reference stands in an address."""

from django.urls import register_converter


class ReferenceConverter:
    """The shape of a reference; whether its check digit is right is for `references.parse` to say."""

    regex = r"[Mm][Cc][0-9]{2}-?[0-9]{6}(?:-?[Mm][0-9]{1,4})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(ReferenceConverter, "reference")
