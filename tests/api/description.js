// The description of the API, openapi.yaml: its operations, and whether an answer is one that it allows.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const yaml = require("js-yaml");
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const kFile = path.join(__dirname, "../../proxy/control/openapi.yaml");
const kMethods = ["get", "post", "put", "delete", "patch"];

class Description {
  constructor() {
    this.text = fs.readFileSync(kFile, "utf8");
    this.document = yaml.load(this.text);
    // What is said of a description's own words (info, paths) is no schema, but holds the schemas.
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(this.document, "api");
  }

  operations() {
    return Object.entries(this.document.paths).flatMap(([route, item]) => kMethods
      .filter((method) => item[method])
      .map((method) => ({ route, method: method.toUpperCase(), isAdmin: item[method].tags.includes("admin"), operation: item[method] })));
  }

  find(route, method) {
    return this.operations().find((one) => one.route === route && one.method === method);
  }

  // Follows a reference into the document.
  resolve(node) {
    if (!node.$ref) return node;
    return node.$ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/")], this.document);
  }

  // Throws where the answer is none that the description allows; returns the name of the response that it is.
  check(route, method, { status, type, body }) {
    const { operation } = this.find(route, method);
    const name = [String(status), `${String(status)[0]}XX`].find((key) => operation.responses[key]);
    assert.ok(name, `${method} ${route}: a ${status} is not described`);
    const { content = {} } = this.resolve(operation.responses[name]);
    const plain = type.split(";")[0];
    assert.ok(content[plain], `${method} ${route}: ${status} comes as ${plain}, described is ${Object.keys(content)}`);
    if (!plain.endsWith("json")) return name;
    const schema = JSON.parse(JSON.stringify(content[plain].schema).replaceAll('"#/', '"api#/'));
    const validate = this.ajv.compile(schema);
    assert.ok(validate(JSON.parse(body)), `${method} ${route}: ${status} ${body}\n${this.ajv.errorsText(validate.errors, { separator: "\n" })}`);
    return name;
  }
}

module.exports = { Description, kFile };
