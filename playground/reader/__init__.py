"""A small network that reads digits: which class an image shows, and the features that distances are measured in."""

from playground.reader.network import FEATURES as FEATURES
from playground.reader.network import Reader as Reader
from playground.reader.network import reader as reader
