// What an admin may do. Each action is asked about first, in words that say what it does.
//
//  (1) There are actions only where the document says that it came through the admin listener.
//  (2) The token of a TCP admin listener is asked for when the relay wants one. It is kept in this variable alone: not in
//      storage, not in an address, gone with the page.

const isAdmin = document.documentElement.dataset.admin === "true";
let token = null;

const actions = {
  snapshot: {
    title: "Fetch a fresh snapshot",
    path: "/v1/snapshot",
    says: "The master makes a snapshot, which forks it once, and sends it beside the stream. The old one is served until it is whole.",
  },
  reconnect: {
    title: "Reconnect to the master",
    path: "/v1/upstream/reconnect",
    says: "The link is closed and made again at once. The stream goes on where it was; replicas stay connected.",
  },
  drain: {
    title: "Drain",
    path: "/v1/drain",
    grave: true,
    says:
      "The relay is no longer ready and refuses new replicas. Full syncs that run are finished, then every replica is closed, " +
      "the last after the shutdown timeout. The link to the master stays.",
  },
  undrain: {
    title: "Take replicas again",
    path: "/v1/undrain",
    says: "The relay is ready again as soon as its checks are, and lets replicas in.",
  },
  reload: {
    title: "Reload the configuration",
    path: "/v1/reload",
    says: "The configuration and the password files are read again and taken as a whole, or refused as a whole.",
  },
  loglevel: {
    title: "Set the log level",
    path: "/v1/loglevel",
    says: "Which lines the log shows, until the next reload or restart. debug is many lines.",
    field: () =>
      h(
        "label",
        {},
        "Level ",
        h(
          "select",
          { name: "level" },
          ["debug", "info", "warn", "error"].map((level) => h("option", { value: level, selected: level === "info" }, level))
        )
      ),
  },
  disconnect: {
    title: "Disconnect the replica",
    path: (id) => `/v1/replicas/${id}/disconnect`,
    grave: true,
    says: "Its connection is closed. It connects again by itself, within a second, and continues where it was.",
  },
};

function actionCard(status) {
  if (!isAdmin) return null;
  const button = (action) =>
    h(
      "button",
      {
        type: "button",
        "data-do": "ask",
        "data-action": action,
        "data-key": action,
        class: actions[action].grave ? "grave" : null,
      },
      actions[action].title
    );
  return h(
    "section",
    { class: "card wide", id: "actions", "aria-labelledby": "actions-title" },
    h("header", {}, h("h2", { id: "actions-title" }, "Actions")),
    h(
      "div",
      { class: "buttons" },
      ["snapshot", "reconnect", "reload", "loglevel", status.draining ? "undrain" : "drain"].map(button)
    )
  );
}

const asking = document.getElementById("asking");
let asked = null; // {action, id}: what the dialog is about

function ask(action, id, name) {
  const { title, says, field, grave } = actions[action];
  asked = { action, id };
  asking.replaceChildren(
    h(
      "form",
      {},
      h("h2", { id: "asking-title" }, title),
      name === undefined ? null : h("p", {}, h("code", {}, name)),
      h("p", {}, says),
      field ? field() : null,
      h("div", { class: "token" }),
      h("p", { class: "trouble", role: "alert", hidden: true }),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "quiet", "data-do": "cancel", autofocus: true }, "Cancel"),
        h("button", { type: "submit", class: grave ? "grave" : "main" }, title)
      )
    )
  );
  asking.showModal();
}

function askForToken() {
  asking
    .querySelector(".token")
    .replaceChildren(
      h(
        "label",
        {},
        "The admin token (the text in admin.token-file)",
        h("input", { type: "password", name: "token", autocomplete: "off", required: true })
      )
    );
  asking.querySelector("[name=token]").focus();
}

function refuse(text) {
  const place = asking.querySelector("[role=alert]");
  place.hidden = false;
  place.replaceChildren(icon("beware"), h("span", {}, text));
}

async function act(form) {
  const { action, id } = asked;
  const { path } = actions[action];
  const given = new FormData(form);
  if (given.has("token")) token = given.get("token");
  const body = given.has("level") ? { level: given.get("level") } : {};
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const response = await fetch(typeof path === "string" ? path : path(id), {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", ...(token === null ? {} : { Authorization: `Bearer ${token}` }) },
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) {
      asking.close();
      say(answer.done ?? doneText(answer));
      poll();
    } else if (response.status === 401) {
      const again = token !== null;
      token = null;
      askForToken();
      if (again) refuse("The relay does not take this token.");
    } else {
      refuse([answer.detail ?? `The relay answered ${response.status}.`, ...(answer.errors ?? [])].join("\n"));
    }
  } catch {
    refuse("The relay does not answer.");
  } finally {
    button.disabled = false;
  }
}

// A reload answers with what it changed.
function doneText({ applied = [], restart_required = [] }) {
  const list = (keys) => keys.join(", ");
  return (
    (applied.length ? `Reloaded: ${list(applied)}.` : "Reloaded; nothing has changed.") +
    (restart_required.length ? ` Waits for a restart: ${list(restart_required)}.` : "")
  );
}

const said = document.getElementById("said");
let unsay = 0;
function say(text) {
  said.replaceChildren(h("p", {}, icon("ok"), h("span", {}, text)));
  clearTimeout(unsay);
  unsay = setTimeout(() => said.replaceChildren(), 8000);
}
