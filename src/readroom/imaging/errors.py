"""What can go wrong with a file, as one tree.

```
ImagingError
├── RefusedFile                  this file cannot become an image; the message says why and what to do
│   ├── UnknownFormat            no reader recognises it
│   ├── EmptyFile
│   ├── TruncatedFile            ends before its header says it should
│   ├── CorruptFile              its content contradicts itself or cannot be decoded
│   ├── UnsupportedContent       a valid file of a kind that is not read: with what to convert it to
│   ├── TooLarge                 declares more than the limits allow
│   ├── UnsafePath               points outside the upload
│   ├── MissingCompanion         another file that it needs (.raw, a part of a slide) was not uploaded
│   └── UnsafeArchive            encrypted, a bomb, nested too deep, or a name that leaves the folder
├── DamagedPack                  a stored pack is cut short or altered
└── NothingToRead                not one of the files became an image
```

The docstring of each class is its default message.
"""

from __future__ import annotations

import inspect

__all__ = [
    "CorruptFile",
    "DamagedPack",
    "EmptyFile",
    "ImagingError",
    "MissingCompanion",
    "NothingToRead",
    "RefusedFile",
    "TooLarge",
    "TruncatedFile",
    "UnknownFormat",
    "UnsafeArchive",
    "UnsafePath",
    "UnsupportedContent",
]


class ImagingError(Exception):
    """Something is wrong with an image."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)))

    @property
    def reason(self) -> str:
        """The sentence a person is shown."""
        return str(self)


class RefusedFile(ImagingError, ValueError):
    """The file cannot become an image."""


class UnknownFormat(RefusedFile):
    """No reader recognises this file; upload DICOM, MetaImage, NIfTI, NRRD, TIFF, PNG, JPEG or a slide format."""


class EmptyFile(RefusedFile):
    """The file is empty; upload it again."""


class TruncatedFile(RefusedFile):
    """The file ends too early; upload it again from the original."""


class CorruptFile(RefusedFile):
    """The content of the file contradicts itself; export it again from the original."""


class UnsupportedContent(RefusedFile):
    """The file is valid, but of a kind that is not read."""


class TooLarge(RefusedFile):
    """The file declares more pixels than the limit allows."""


class UnsafePath(RefusedFile):
    """The file points outside the upload; put all its parts into one folder and use plain file names."""


class MissingCompanion(RefusedFile, FileNotFoundError):
    """The file's second part was not uploaded; upload both together."""


class UnsafeArchive(RefusedFile):
    """The archive cannot be unpacked safely; upload the files themselves."""


class DamagedPack(ImagingError):
    """The stored image is damaged; import the original files again."""


class NothingToRead(ImagingError):
    """Not one of the files became an image."""
