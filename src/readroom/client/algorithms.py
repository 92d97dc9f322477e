"""Calls of algorithms, on servers that offer them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from readroom.client import models, resources
from readroom.client.cases import CaseWriter
from readroom.client.connection import Connection
from readroom.client.specs import SocketValueSpec
from readroom.client.uploads import Uploads


class AlgorithmCalls:
    """Start a job, call an endpoint."""

    connection: Connection
    uploads: Uploads
    algorithms: resources.Algorithms
    algorithm_jobs: resources.AlgorithmJobs
    algorithm_endpoints: resources.AlgorithmEndpoints
    algorithm_invocations: resources.AlgorithmInvocations
    _cases: CaseWriter

    def start_algorithm_job(self, *, algorithm_slug: str, inputs: Sequence[SocketValueSpec]) -> models.AlgorithmJob:
        """Run an algorithm on the given inputs.

        Parameters
        ----------
        algorithm_slug : str
            Which algorithm.
        inputs : list of SocketValueSpec
            All inputs of one of its interfaces.
        """
        algorithm = self.algorithms.detail(slug=algorithm_slug)
        check_inputs(algorithm, inputs)
        return self.algorithm_jobs.create(algorithm=algorithm.api_url, inputs=self._uploaded(inputs))

    def invoke_algorithm_endpoint(
        self, *, endpoint_pk: str, inputs: Sequence[SocketValueSpec]
    ) -> models.AlgorithmInvocation:
        """Call a running endpoint with the given inputs.

        Parameters
        ----------
        endpoint_pk : str
            Which endpoint.
        inputs : list of SocketValueSpec
            All inputs of one of its algorithm's interfaces.
        """
        endpoint = self.algorithm_endpoints.detail(pk=endpoint_pk)
        check_inputs(self.algorithms.detail(api_url=endpoint.algorithm), inputs)
        return self.algorithm_invocations.create(endpoint=endpoint.api_url, inputs=self._uploaded(inputs))

    def _uploaded(self, inputs: Sequence[SocketValueSpec]) -> list[dict[str, Any]]:
        with self._cases.prepared(inputs) as prepared:
            return [value.to_request(self.uploads.upload_files(value.uploads)) for value in prepared]


def check_inputs(algorithm: models.Algorithm, inputs: Sequence[SocketValueSpec]) -> None:
    """Tell before anything is uploaded that no interface of the algorithm is satisfied."""
    given = {spec.socket_slug for spec in inputs}
    wanted = [{socket["slug"] for socket in interface["inputs"]} for interface in algorithm.interfaces]
    if not any(slugs <= given for slugs in wanted):
        choices = " or ".join(", ".join(sorted(slugs)) for slugs in wanted)
        raise ValueError(f"{algorithm.title} needs {choices}; given: {', '.join(sorted(given)) or 'nothing'}")
