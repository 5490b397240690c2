"""How a reference, a photo's random name and its size stand in an address."""

from django.urls import register_converter

from cases.photo_files import SIZES


class ReferenceConverter:
    """The shape of a reference; whether its check digit is right is for `references.parse` to say."""

    regex = r"[Mm][Cc][0-9]{2}-?[0-9]{6}(?:-?[Mm][0-9]{1,4})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


class PhotoConverter:
    """A photo's random name."""

    regex = r"[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


class PhotoSizeConverter:
    """One of the sizes in which a photo is kept."""

    regex = "|".join(SIZES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(ReferenceConverter, "reference")
register_converter(PhotoConverter, "photo")
register_converter(PhotoSizeConverter, "photo_size")
