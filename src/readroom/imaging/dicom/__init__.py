"""DICOM: from files of any kind to images, by the rules of the standard and the habits of hospitals."""

import logging

# pydicom, the second chance for odd files, writes values of their headers into its log. None may get there.
logging.getLogger("pydicom").addFilter(lambda _: False)
