"""Answers against the OpenAPI document that the node serves: `Connection` hands on what tests are answered anyway.

It knows of JSON Schema what the document uses, and refuses words that it does not know, so that no constraint is there
which nobody checks."""

import base64
import binascii
import http.client
import json
import re

# So many answers of each operation and status are checked in a run: tests that measure send thousands.
ENOUGH = 30
KNOWN = {"$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "oneOf", "allOf",
         "nullable", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "format", "description",
         "default"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


class Mismatch(AssertionError):
    pass


class Document:
    """An OpenAPI document, and how many answers were checked against it."""

    def __init__(self, document):
        self.document, self.checked, self.patterns = document, {}, []
        for path, methods in document["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            self.patterns.append((re.compile(pattern), path, methods))
        self.patterns.sort(key=lambda one: "{" in one[1])  # a path without a parameter wins

    def resolved(self, thing):
        while "$ref" in thing:
            found = self.document
            for step in thing["$ref"].lstrip("#/").split("/"):
                found = found[step]
            thing = found
        return thing

    def operation(self, method, target):
        """The path as the document has it, and the operation; None if it has no such one."""
        path = target.split("?")[0]
        for pattern, name, methods in self.patterns:
            if pattern.fullmatch(path):
                return name, methods.get(method.lower())
        return None, None

    def check(self, method, target, answer):
        if method not in ("GET", "POST", "OPTIONS"):
            return
        path, operation = self.operation(method, target)
        if operation is None:  # refused by the router
            response = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        else:
            key = (path, method, answer.status)
            self.checked[key] = self.checked.get(key, 0) + 1
            if self.checked[key] > ENOUGH:
                return
            responses = operation["responses"]
            response = responses.get(str(answer.status)) or responses.get("default")
            if response is None:
                raise Mismatch(f"{method} {target}: the document has no answer with status {answer.status}")
        try:
            self.check_answer(self.resolved(response), answer)
        except Mismatch as wrong:
            raise Mismatch(f"{method} {target}: {answer.status} is not as /v1/openapi.json has it: {wrong}: "
                           f"{answer.body[:300]}") from None

    def check_answer(self, response, answer):
        headers = response.get("headers", {})
        for name in ("Retry-After", "BSN-Answer-Signature", "WWW-Authenticate"):
            value = answer.headers.get(name)
            if value is None or not headers:
                continue
            if name not in headers:
                raise Mismatch(f"the header {name} is not described")
            schema = self.resolved(headers[name])["schema"]
            self.check_value(schema, int(value) if schema["type"] == "integer" else value, name)
        content = response.get("content")
        if not content:
            return
        kind = (answer.headers.get("Content-Type") or "").split(";")[0]
        if kind not in content:
            raise Mismatch(f"it is of the type {kind!r}")
        if kind == "application/json" and answer.body:
            self.check_value(content[kind]["schema"], json.loads(answer.body), "it")

    def check_value(self, schema, value, where):
        unknown = set(schema) - KNOWN
        if unknown:
            raise Mismatch(f"this check does not know {unknown}")
        if "$ref" in schema:
            return self.check_value(self.resolved(schema), value, where)
        if "allOf" in schema:
            return self.check_value(self.together(schema["allOf"]), value, where)
        if "oneOf" in schema:
            self.one_of(schema["oneOf"], value, where)
        if value is None:
            if not schema.get("nullable"):
                raise Mismatch(f"{where} is null")
            return None
        if "enum" in schema and value not in schema["enum"]:
            raise Mismatch(f"{where} is {value!r}, none of {schema['enum']}")
        kind = schema.get("type")
        if kind and (not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
            raise Mismatch(f"{where} is no {kind}")
        check = {"object": self.check_object, "array": self.check_array, "string": self.check_text,
                 "integer": self.check_number}.get(kind)
        return check(schema, value, where) if check else None

    def together(self, schemas):
        """One schema of objects in place of several."""
        whole = {"type": "object", "required": [], "properties": {}}
        for schema in map(self.resolved, schemas):
            whole["required"] += schema.get("required", [])
            whole["properties"] |= schema.get("properties", {})
        return whole

    def one_of(self, schemas, value, where):
        reasons = []
        for schema in schemas:
            try:
                self.check_value(schema, value, where)
            except Mismatch as wrong:
                reasons.append(str(wrong))
        if len(reasons) != len(schemas) - 1:
            raise Mismatch(f"{where} fits {len(schemas) - len(reasons)} of {len(schemas)}: {'; '.join(reasons)}")

    def check_object(self, schema, value, where):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                raise Mismatch(f"{where} lacks {name}")
        for name, one in value.items():
            more = schema.get("additionalProperties", True)
            if name in properties:
                self.check_value(properties[name], one, f"{where}.{name}")
            elif more is False:
                raise Mismatch(f"{where} has {name}, which is not described")
            elif isinstance(more, dict):
                self.check_value(more, one, f"{where}.{name}")
            elif properties and "additionalProperties" not in schema:
                # Ours are described in full: a member that the document does not know was forgotten there.
                raise Mismatch(f"{where} has {name}, which is not described")

    def check_array(self, schema, value, where):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            raise Mismatch(f"{where} has {len(value)} items")
        for i, one in enumerate(value):
            self.check_value(schema.get("items", {}), one, f"{where}[{i}]")

    @staticmethod
    def check_text(schema, value, where):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            raise Mismatch(f"{where} is {value!r}, not like {schema['pattern']}")
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            raise Mismatch(f"{where} has {len(value)} characters")
        if schema.get("format") == "byte":
            try:
                base64.b64decode(value, validate=True)
            except binascii.Error:
                raise Mismatch(f"{where} is no base64") from None

    @staticmethod
    def check_number(schema, value, where):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            raise Mismatch(f"{where} is {value}")


_document = None


def check(port, method, target, answer):
    """Compares an answer of the node at a port with what nodes of this program say that they answer."""
    global _document
    if _document is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/v1/openapi.json")
            told = connection.getresponse()
            if told.status != 200:
                return  # it refuses everybody now; the next answer is compared
            _document = Document(json.loads(told.read()))
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()
    _document.check(method, target, answer)
