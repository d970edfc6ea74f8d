"use strict";

/* Where the document says that a server is, of which it cannot know. */
const SOMEWHERE = "localhost:8000";

/* What of an operation is looked through: each word has to be somewhere in it. */
function matches(operation, words) {
  const told = operation.get("operation");
  const text = [
    operation.get("method"),
    operation.get("path"),
    told.get("operationId"),
    told.get("summary"),
    told.get("tags").join(" "),
  ].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

/* A box that looks for operations, where Swagger UI's own looks for tags alone. */
function Finder(system) {
  const h = system.React.createElement;
  return {
    fn: {
      opsFilter: (tags, phrase) => {
        const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
        return tags
          .map((tag) => tag.update("operations", (all) => all.filter((one) => matches(one, words))))
          .filter((tag) => tag.get("operations").size > 0);
      },
    },
    components: {
      FilterContainer: () => {
        const phrase = system.layoutSelectors.currentFilter();
        const count = system.specSelectors.taggedOperations()
          .reduce((sum, tag) => sum + tag.get("operations").size, 0);
        return h("div", { className: "finder" },
          h("label", { htmlFor: "finder" }, "Find an operation"),
          h("input", {
            id: "finder",
            type: "search",
            placeholder: "transfer, POST, /accounts, list_holds …",
            value: typeof phrase === "string" ? phrase : "",
            onChange: (event) => system.layoutActions.updateFilter(event.target.value),
          }),
          h("span", { role: "status" }, count === 1 ? "1 operation" : `${count} operations`),
        );
      },
    },
    statePlugins: {
      layout: {
        wrapSelectors: {
          /* What was found is seen, whether its tag was open or not. */
          isShown: (original) => (state, thing, otherwise) =>
            (thing[0] === "operations-tag" && Boolean(state.get("filter")) && state.get("filter") !== true)
            || original(thing, otherwise),
        },
      },
    },
  };
}

/* The problems of an operation: status, code and words of each. */
function problems(operation) {
  return Object.entries(operation.responses).flatMap(([status, response]) =>
    Object.entries(response.content?.["application/problem+json"]?.examples ?? {})
      .map(([code, one]) => ({ status, code, says: one.value.detail })));
}

/* Problems in a line each, where an example of each would fill many screens. */
function shorten(operations) {
  const found = operations.map((one) => problems(one));
  const [first, ...others] = found.map((all) => new Set(all.map((one) => one.code)));
  const anywhere = [...first].filter((code) => others.every((codes) => codes.has(code)));
  operations.forEach((operation, index) => {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (response.content?.["application/problem+json"]) {
        const own = found[index].filter((one) => one.status === status && !anywhere.includes(one.code));
        if (own.length === 0) delete operation.responses[status];
        response.description = own.map((one) => `- \`${one.code}\`: ${one.says}`).join("\n");
        delete response.content;
      }
    }
  });
  return found[0].filter((one) => anywhere.includes(one.code))
    .map((one) => `\`${one.code}\` (${one.status})`).join(", ");
}

/* The document as it is here: with this server's address, and no key that was used before. */
function here(spec) {
  const operations = Object.values(spec.paths).flatMap((path) => Object.values(path));
  for (const operation of operations) {
    for (const parameter of operation.parameters) {
      if (parameter.in === "header") delete parameter.example;
    }
  }
  const address = new URL(spec.servers[0].url, location.href).href.replace(/\/$/, "");
  spec.servers = [{ url: address }];
  spec.info.description = spec.info.description.replaceAll(SOMEWHERE, location.origin)
    + `\nBesides what it lists, any operation may answer ${shorten(operations)}.`;
  return spec;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

fetch("openapi.json")
  .then((answer) => answer.json())
  .then((spec) => SwaggerUIBundle({
    spec: here(spec),
    dom_id: "#api",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayOperationId: true,
    displayRequestDuration: true,
    docExpansion: "none",
    filter: true,
    plugins: [Finder],
    syntaxHighlight: false,
    validatorUrl: null,
  }))
  .catch((error) => {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = `The documentation cannot be shown: ${error.message}`;
    document.getElementById("api").replaceChildren(note);
  });
