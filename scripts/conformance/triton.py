"""Asks a server by Triton's own client, and compares labels and probabilities with what the library said, to the bit."""

import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

url, expected_path = sys.argv[1:]
with open(expected_path, encoding="utf8") as file:
    expected = json.load(file)
name, texts, k = expected["model"], expected["texts"], expected["k"]
labels = np.array([[one["label"].encode() for one in row] for row in expected["rows"]], dtype=object)
probabilities = np.array([[one["probability"] for one in row] for row in expected["rows"]], dtype=np.float32)

client = triton.InferenceServerClient(url, concurrency=4)
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(name)
assert client.is_model_ready(name, expected["version"]) and not client.is_model_ready("nobody")
assert client.get_server_metadata()["name"] == "bax"
metadata = client.get_model_metadata(name)
assert metadata["versions"] == [expected["version"]] and [one["name"] for one in metadata["outputs"]] == ["label", "probability"]


def tensor(some, binary, shape=None):
    values = np.array([text.encode() for text in some], dtype=object)
    values = values if shape is None else values.reshape(shape)
    found = triton.InferInput("text", list(values.shape), "BYTES")
    return found.set_data_from_numpy(values, binary_data=binary)


compared = 0


def check(answer, rows):
    global compared
    # Out of JSON they come as text.
    found = [[one if isinstance(one, bytes) else one.encode() for one in row] for row in answer.as_numpy("label")]
    assert found == labels[rows].tolist(), "labels differ"
    assert answer.as_numpy("probability").dtype == np.float32
    assert answer.as_numpy("probability").tobytes() == probabilities[rows].tobytes(), "probabilities differ"
    compared += len(labels[rows])


for binary_in in (True, False):
    for binary_out in (True, False):
        outputs = [triton.InferRequestedOutput(one, binary_data=binary_out) for one in ("label", "probability")]
        check(client.infer(name, [tensor(texts, binary_in)], outputs=outputs, parameters={"k": k}), slice(None))
check(client.infer(name, [tensor(texts, True)], parameters={"k": k}, model_version=expected["version"]), slice(None))
check(client.infer(name, [tensor(texts, True, (-1, 1))], parameters={"k": k}), slice(None))

# Many at once, a text each.
waiting = [client.async_infer(name, [tensor([text], True)], parameters={"k": k}, request_id=str(i)) for i, text in enumerate(texts)]
for i, one in enumerate(waiting):
    answer = one.get_result()
    assert answer.get_response()["id"] == str(i)
    check(answer, slice(i, i + 1))

refused = 0
for ask in (
    lambda: client.infer("nobody", [tensor(["a"], True)]),
    lambda: client.infer(name, [tensor(["a"], True)], parameters={"k": 0}),
    lambda: client.infer(name, [tensor(["a"], True)], model_version="0"),
):
    try:
        ask()
    except InferenceServerException as error:
        assert error.message() and error.status() in ("404", "422"), error
        refused += 1
assert refused == 3
print(json.dumps({"compared": compared, "refused": refused}))
