// Firstcommit's API for pages and programs: one function per operation, made from its description
// by `make client` (what is written by hand is in templates/client/api.js). No dependencies, no
// build step; for browsers, and for Node 20.19 and newer.
//
//   import { createClient } from "./api.js";
//   const bot = createClient({ base: "https://bot.example.com", token });
//   const answers = { name: "orders" };
//   const project = await bot.createProject({ body: { pack: "python-package", answers } });
//   await bot.watchRun(project.run_id, { onEvent: (event) => console.log(event.kind) });
//
// In a page of Firstcommit's own the functions can be imported as they are: they use its session.

const PREFIX = "/api/v1";
const FORM_TOKEN = "X-Firstcommit-Token";
const JSON_TYPE = "application/json";
const BYTES_TYPE = "application/octet-stream";
const STREAM = "text/event-stream";

// Milliseconds.
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const LOOK_EVERY = 1_000;
const LOOK_SELDOM = 5_000;
const FIRST_BYTE = 8_000; // The server speaks at once: what stays silent is held back on the way.
const SILENCE = 45_000; // Three times as long as the server is ever silent.

const MOST_CUTS = 3; // So many streams in a row may break before they have told anything.
const OPENED = Symbol("opened");
const ENDED = Symbol("ended");
const etags = new WeakMap();

//: types

/**
 * What every function takes beside what its operation does.
 * @typedef {object} Options
 * @property {AbortSignal} [signal] Ends the call.
 * @property {Record<string, string>} [headers] Sent as well, such as `Range`.
 */

/**
 * What functions that read take, too.
 * @typedef {Options & {ifNoneMatch?: string}} Reading With an ETag the answer is null where
 *   nothing has changed since. Of what was answered as JSON, `etagOf` tells it.
 */

/**
 * Told where something goes wrong while something is watched.
 * @typedef {(error: Error, retryIn: number | null) => unknown} OnProblem With the milliseconds
 *   until it is tried again; null where that is of no use.
 */

/** What an operation was refused with, or what stands between here and the server said. */
export class ApiError extends Error {
  name = "ApiError";

  /** @param {Response} response @param {Partial<Problem>} [problem] */
  constructor(response, problem = {}) {
    super(problem.detail || `The server answered with ${response.status}.`);
    /** The HTTP status. */
    this.status = response.status;
    /** A stable code, the same that a thread is told. */
    this.reason = problem.reason || `http_${response.status}`;
    /** What happened, as a sentence. */
    this.detail = this.message;
    /** What to do about it; empty where there is nothing. */
    this.remedy = problem.remedy || "";
    /** Each thing that is wrong with the request. @type {Place[]} */
    this.errors = problem.errors || [];
    /** What to tell the operator, where something broke. */
    this.reference = problem.reference || "";
    /** When to come again, in milliseconds; null where nothing was said. @type {number | null} */
    this.retryAfter = milliseconds(response.headers.get("Retry-After"));
  }
}

/** A stream of events that does not come through, whether or not the server is there. */
class NoStream extends Error {}

/**
 * The functions of one server, for somebody.
 * @param {object} [how]
 * @param {string} [how.base] The server's address; the page's own where it is left out.
 * @param {string} [how.token] A token; without one, the session of the page counts.
 * @param {string} [how.formToken] What shows that a page of the server's own asks; else what the
 *   page's `<meta name="firstcommit-token">` says.
 * @param {typeof globalThis.fetch} [how.fetch] What calls the server; for tests, mostly.
 */
export function createClient({ base = "", token = "", formToken, fetch } = {}) {
  function address(path) {
    if (!base && !globalThis.location) {
      throw new TypeError("Outside a page createClient has to be given the server's address: base");
    }
    return base.replace(/\/+$/, "") + PREFIX + path;
  }

  /** Send it; whatever is no success is thrown. */
  async function send(method, path, headers, more) {
    if (token) headers.Authorization = `Bearer ${token}`;
    else if (method !== "GET") headers[FORM_TOKEN] = formToken ?? tokenOfPage();
    const credentials = token ? "omit" : "same-origin";
    const asked = fetch ?? globalThis.fetch;
    const response = await asked(address(path), { method, headers, credentials, ...more });
    if (response.ok || response.status === 304) return response;
    throw new ApiError(response, await problemOf(response));
  }

  /** One call of an operation, with the options of its function. */
  async function call(operation, takes, options = {}) {
    const [method, template] = operation.split(" ");
    const { signal, headers: further, body, ...left } = options;
    const headers = { Accept: takes.gives === "bytes" ? "*/*" : JSON_TYPE, ...further };
    const conditions = method === "GET" ? ["If-None-Match"] : [];
    for (const header of [...listOf(takes.headers), ...conditions]) {
      const name = header[0].toLowerCase() + header.slice(1).replaceAll("-", "");
      if (left[name] != null) headers[header] = left[name];
      delete left[name];
    }
    const path = filled(template, left) + queryOf(takes.query, left);
    refuse(operation, left);
    if (body != null && !takes.sends) throw new TypeError(`${operation} takes no body.`);
    if (body != null) headers["Content-Type"] = takes.sends;
    const sent = body != null && takes.sends === JSON_TYPE ? JSON.stringify(body) : body;
    const response = await send(method, path, headers, { signal, body: sent });
    if (response.status === 304) return null;
    if (takes.gives === "bytes") return response;
    return response.status === 204 ? undefined : parsed(response);
  }

  /** The events of a run as they are streamed, until that breaks or the run has ended. */
  async function* streamed(id, after, signal) {
    const silence = new AbortController();
    const either = AbortSignal.any(signal ? [signal, silence.signal] : [silence.signal]);
    let alarm = setTimeout(() => silence.abort(new NoStream("No event came through.")), FIRST_BYTE);
    const heard = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => silence.abort(new Error("The events fell silent.")), SILENCE);
    };
    try {
      const headers = { Accept: STREAM, "Last-Event-ID": String(after) };
      const path = filled("/runs/{id}/events", { id });
      const response = await send("GET", path, headers, { signal: either, cache: "no-store" });
      const type = response.headers.get("Content-Type") ?? "";
      if (!type.startsWith(STREAM) || !response.body) throw new NoStream(`Not a stream: ${type}`);
      yield OPENED;
      for await (const { name, data } of messages(response.body, heard)) {
        yield name === "end" ? ENDED : JSON.parse(data);
      }
    } catch (error) {
      // What aborted it says why; what comes of that differs from browser to browser.
      throw silence.signal.aborted ? silence.signal.reason : error;
    } finally {
      clearTimeout(alarm);
      silence.abort();
    }
  }

  /** The same without a stream: asked for again and again. */
  async function* listed(id, after, signal) {
    for (let rest = LOOK_EVERY; ; rest = Math.min(rest * 1.5, LOOK_SELDOM)) {
      // The state comes first: once it tells of an end, all events are there to be listed.
      const { status } = await client.getRun({ id, signal });
      for (;;) {
        const page = await client.listEvents({ id, after, signal });
        if (!page.items.length) break;
        yield* page.items;
        after = page.next;
        rest = LOOK_EVERY;
      }
      if (OVER.has(status)) yield ENDED;
      await pause(rest, signal);
    }
  }

  /** Every event of a run after that one, once and in order, whatever becomes of connections. */
  async function* followed(id, after, signal, trouble) {
    let source = streamed;
    for (let cuts = 0; ; ) {
      const begun = Date.now();
      let isOpen = false;
      let broken;
      try {
        for await (const event of source(id, after, signal)) {
          if (event === ENDED) return;
          if (event === OPENED) {
            isOpen = true;
            continue;
          }
          trouble.isOver();
          cuts = 0;
          if (event.number <= after) continue;
          after = event.number;
          yield event;
        }
      } catch (error) {
        broken = error;
      }
      // The server ends a stream cleanly after some minutes, and expects whoever reads it back.
      if (Date.now() - begun > SILENCE) trouble.isOver();
      else if (isOpen) cuts += 1;
      const isHopeless = broken instanceof NoStream || isFull(broken) || cuts >= MOST_CUTS;
      if (source === streamed && isHopeless) source = listed;
      else await trouble.passes(broken);
    }
  }

  /**
   * Follow a run until it ends. A connection that breaks is taken up again where it broke; where
   * streams do not come through, the run is asked about every few seconds. No event is missed,
   * and none is told twice.
   * @param {string} id
   * @param {object} [how]
   * @param {(event: EventAnswer) => unknown} [how.onEvent] Called with each event, in order.
   * @param {(run: WholeRunAnswer) => unknown} [how.onEnd] Called once, when it has ended.
   * @param {OnProblem} [how.onProblem]
   * @param {number} [how.after] The number of the last event that is known already.
   * @param {AbortSignal} [how.signal] Ends the watching.
   * @returns {Promise<WholeRunAnswer>} Rejected where `signal` ends it, a callback throws, or the
   *   server refuses for good.
   */
  function watchRun(id, { onEvent, onEnd, onProblem, after = 0, signal, ...left } = {}) {
    return unhandled(async () => {
      refuse("watchRun", left);
      address(filled("/{id}", { id }));
      const trouble = new Trouble(onProblem, signal);
      for await (const event of followed(id, after, signal, trouble)) {
        await onEvent?.(event);
        signal?.throwIfAborted();
      }
      const run = await trouble.outlasted(() => client.getRun({ id, signal }));
      await onEnd?.(run);
      return run;
    });
  }

  /**
   * Look at an export until it is completed or failed.
   * @param {string} id
   * @param {object} [how]
   * @param {(found: ExportAnswer) => unknown} [how.onChange] Called at first, and when it changes.
   * @param {(found: ExportAnswer) => unknown} [how.onEnd] Called once, when it has ended.
   * @param {OnProblem} [how.onProblem]
   * @param {AbortSignal} [how.signal] Ends the watching.
   * @returns {Promise<ExportAnswer>} Rejected as that of `watchRun`.
   */
  function watchExport(id, { onChange, onEnd, onProblem, signal, ...left } = {}) {
    return unhandled(async () => {
      refuse("watchExport", left);
      address(filled("/{id}", { id }));
      const trouble = new Trouble(onProblem, signal);
      let ifNoneMatch;
      for (let rest = FIRST_WAIT; ; rest = Math.min(rest * 1.5, LOOK_SELDOM)) {
        const look = () => client.getExport({ id, ifNoneMatch, signal });
        const found = await trouble.outlasted(look);
        if (found) await onChange?.(found);
        signal?.throwIfAborted();
        if (found && OVER.has(found.status)) {
          await onEnd?.(found);
          return found;
        }
        ifNoneMatch = found ? etagOf(found) : ifNoneMatch;
        await pause(rest, signal);
      }
    });
  }

  const client = {
    //: functions

    watchRun,
    watchExport,
  };
  return client;
}

/**
 * The pages of a list, one after the other: `for await (const page of pages(listRuns))`.
 * @template {{items: any[], next: string | number | null}} Page
 * @param {(options: any) => Promise<Page | null>} list A function of a client.
 * @param {object} [options] Its options; `after` says where to begin.
 * @returns {AsyncGenerator<Page, void>}
 */
export async function* pages(list, options = {}) {
  for (let asked = options; ; ) {
    const page = await list(asked);
    if (page) yield page;
    if (page?.next == null) return;
    asked = { ...options, after: page.next };
  }
}

/**
 * Everything that a list has, page after page: `for await (const run of every(listRuns))`.
 * @template Item
 * @param {(options: any) => Promise<{items: Item[], next: string | number | null} | null>} list
 * @param {object} [options]
 * @returns {AsyncGenerator<Item, void>}
 */
export async function* every(list, options) {
  for await (const page of pages(list, options)) yield* page.items;
}

/**
 * The ETag of an answer, to be given as `ifNoneMatch`.
 * @param {object} answer @returns {string | undefined}
 */
export const etagOf = (answer) => etags.get(answer);

/** What has gone wrong while something is watched, and how long to leave the server alone. */
class Trouble {
  #met = 0;
  #onProblem;
  #signal;

  constructor(onProblem, signal) {
    this.#onProblem = onProblem;
    this.#signal = signal;
  }

  isOver() {
    this.#met = 0;
  }

  /** Wait it out; what will not pass is thrown. Without an error there is nothing to tell. */
  async passes(error) {
    this.#signal?.throwIfAborted();
    if (error instanceof ApiError && isFinal(error.status)) {
      this.#onProblem?.(error, null);
      throw error;
    }
    const backoff = Math.min(FIRST_WAIT * 2 ** this.#met, LONGEST_WAIT);
    this.#met += 1;
    // Not everybody at once, where a server comes back.
    const rest = Math.max(backoff * (0.75 + Math.random() / 2), error?.retryAfter ?? 0);
    if (error) this.#onProblem?.(error, rest);
    await pause(rest, this.#signal);
  }

  /** What comes of a call, made until it goes through. */
  async outlasted(make) {
    for (;;) {
      try {
        const made = await make();
        this.isOver();
        return made;
      } catch (error) {
        await this.passes(error);
      }
    }
  }
}

const OVER = new Set(["completed", "failed", "cancelled"]);

const isFinal = (status) => status >= 400 && status < 500 && ![408, 425, 429].includes(status);

const isFull = (error) => error instanceof ApiError && error.reason.startsWith("too_many_");

/** Messages of a body of server-sent events; one that breaks off is none. */
async function* messages(body, heard) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let name = "";
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const lines = (text + decoder.decode(value, { stream: true })).split("\n");
      text = lines.pop();
      for (const line of lines) {
        if (line.startsWith("event: ")) name = line.slice(7);
        else if (line.startsWith("data: ")) data.push(line.slice(6));
        else if (line === "") {
          if (data.length) yield { name, data: data.join("\n") };
          name = "";
          data = [];
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** A template of an address with its parameters, which are taken out of the options. */
function filled(template, options) {
  return template.replace(/\{(\w+)\}/g, (_, name) => {
    const value = String(options[name] ?? "");
    delete options[name];
    // Addresses with empty parts or dots alone would be those of something else.
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`${template}: ${name} cannot be "${value}".`);
    return encodeURIComponent(value);
  });
}

/** Options that are left over are slips. */
function refuse(operation, left) {
  for (const name of Object.keys(left)) throw new TypeError(`${operation} takes no ${name}.`);
}

const listOf = (names) => names?.split(" ") ?? [];

function queryOf(names, options) {
  const query = new URLSearchParams();
  for (const name of listOf(names)) {
    if (options[name] != null) query.set(name, String(options[name]));
    delete options[name];
  }
  return String(query) && `?${query}`;
}

async function parsed(response) {
  const answer = await response.json();
  const etag = response.headers.get("ETag");
  if (etag) etags.set(answer, etag);
  return answer;
}

async function problemOf(response) {
  if ((response.headers.get("Content-Type") ?? "").includes("json")) {
    return response.json().catch(() => undefined);
  }
  await response.body?.cancel().catch(() => {});
  return undefined;
}

function tokenOfPage() {
  const said = globalThis.document?.querySelector('meta[name="firstcommit-token"]');
  return said?.getAttribute("content") ?? "";
}

/** So many milliseconds, or less where the signal ends them. */
function pause(rest, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, rest);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** A promise that may be left alone: who waits for it learns of its failure, and nobody else. */
function unhandled(work) {
  const promise = work();
  promise.catch(() => {});
  return promise;
}

const milliseconds = (header) => (/^\d+$/.test(header ?? "") ? Number(header) * 1_000 : null);

// The same for pages: with their own session, at their own server.
//: exports
