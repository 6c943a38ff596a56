// What the client of the API is seen doing: `node stories.mjs NAME [INPUT]` prints what came of
// one of these as JSON. BASE and TOKEN name the server and whoever asks. It ends by itself, which
// shows that nothing is left waiting.
import * as api from "../../bot/web/static/api.js";

const { BASE: base, TOKEN: token } = process.env;
const bot = api.createClient({ base, token });
const PACKAGE = { pack: "python-package", answers: { name: "orders" } };

async function refused(work) {
  try {
    return { answer: await work() };
  } catch (error) {
    const { name, message, status, reason, detail, remedy, errors } = error;
    return { name, message, status, reason, detail, remedy, errors };
  }
}

async function watched(id, more = {}) {
  const events = [];
  const problems = [];
  const ends = [];
  const run = await bot.watchRun(id, {
    onEvent: (event) => events.push(event),
    onEnd: (ended) => ends.push(ended.status),
    onProblem: (error, retryIn) => problems.push([String(error), retryIn]),
    ...more,
  });
  const all = [];
  for await (const event of api.every(bot.listEvents, { id, limit: 7 })) all.push(event);
  const numbers = (list) => list.map((event) => event.number);
  return { status: run.status, events: numbers(events), all: numbers(all), problems, ends };
}

async function made() {
  const project = await bot.createProject({ body: PACKAGE });
  await bot.watchRun(project.run_id);
  return bot.getProject({ id: project.id });
}

async function planned() {
  const body = { ...PACKAGE, plan: true, into: `local:demo/${crypto.randomUUID()}` };
  const { run_id: id } = await bot.createProject({ body });
  for (;;) {
    const run = await bot.getRun({ id });
    if (run.plans.length && run.status === "waiting") return run;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const stories = {
  names: async () => Object.keys(bot).filter((name) => bot[name] && api[name]),

  create: async () => {
    const project = await bot.createProject({ body: PACKAGE });
    return { before: project, ...(await watched(project.run_id)), made: await bot.getProject({ id: project.id }) };
  },

  watch: async (id) => watched(id),

  made: async () => made(),

  twice: async () => {
    const idempotencyKey = crypto.randomUUID();
    const make = () => bot.createProject({ idempotencyKey, body: PACKAGE });
    const ids = [(await make()).id, (await make()).id];
    const otherwise = { idempotencyKey, body: { pack: "flask-service" } };
    return { ids, other: await refused(() => bot.createProject(otherwise)) };
  },

  pages: async () => {
    const { id, total_files: total } = await made();
    const sizes = [];
    for await (const page of api.pages(bot.listFiles, { id, limit: 3 })) sizes.push(page.items.length);
    const paths = [];
    for await (const file of api.every(bot.listFiles, { id, limit: 3 })) paths.push(file.path);
    const first = await bot.listFiles({ id, path: "src/" });
    const tree = await bot.getTree({ id, path: "src" });
    return { total, sizes, paths, inside: first.items.map((file) => file.path), tree };
  },

  files: async () => {
    const { id } = await made();
    const path = "notes/a b/ü#+&.txt";
    const added = await bot.writeFile({ id, path, ifNoneMatch: "*", body: "first", executable: true });
    const again = await refused(() => bot.writeFile({ id, path, ifNoneMatch: "*", body: "other" }));
    const read = await bot.readFile({ id, path });
    const ifMatch = read.headers.get("ETag");
    const written = await bot.writeFile({ id, path, ifMatch, body: new TextEncoder().encode("second") });
    const stale = await refused(() => bot.writeFile({ id, path, ifMatch, body: "third" }));
    const part = await bot.readFile({ id, path, headers: { Range: "bytes=0-2" } });
    const unsaid = await refused(() => bot.deleteFile({ id, path }));
    const same = await bot.readFile({ id, path, ifNoneMatch: `"${written.content_hash}"` });
    await bot.deleteFile({ id, path, ifMatch: `"${written.content_hash}"` });
    const gone = await refused(() => bot.readFile({ id, path }));
    return {
      added, again, written, stale, unsaid, same, gone,
      first: await read.text(), part: [part.status, await part.text()],
    };
  },

  projects: async () => {
    const { id } = await made();
    const renamed = await bot.changeProject({ id, body: { name: "billing" } });
    const found = await bot.listProjects({ text: "BILLING", status: "completed" });
    const etag = api.etagOf(await bot.getProject({ id }));
    const same = await bot.getProject({ id, ifNoneMatch: etag });
    const dropped = await bot.deleteProject({ id });
    return {
      renamed, etag, same, dropped: dropped === undefined,
      found: found.items.some((project) => project.id === id),
      gone: await refused(() => bot.getProject({ id })),
    };
  },

  errors: async () => ({
    unknown: await refused(() => bot.getRun({ id: crypto.randomUUID() })),
    unfit: await refused(() => bot.createProject({ body: { pack: 7, colour: "red" } })),
    stranger: await refused(() => api.createClient({ base, token: "fc_wrong" }).getMe()),
    nobody: await refused(() => api.createClient({ base }).getMe()),
    unknownOption: await refused(() => bot.getRun({ id: "x", colour: "red" })),
    noBody: await refused(() => bot.getRun({ id: "x", body: {} })),
    missing: await refused(() => bot.getRun({})),
    upwards: await refused(() => bot.readFile({ id: crypto.randomUUID(), path: ".." })),
    nowhere: await refused(() => api.getMe()),
    unknownCallback: await refused(() => bot.watchRun(crypto.randomUUID(), { onevent: () => {} })),
    unknownWish: await refused(() => bot.watchExport(crypto.randomUUID(), { after: 3 })),
    watch: await refused(() => bot.watchRun(crypto.randomUUID())),
    callback: await refused(async () => {
      const { run_id: id } = await made();
      return bot.watchRun(id, { onEvent: () => { throw new RangeError("mine"); } });
    }),
  }),

  notOurs: async (answer) => {
    const said = new Response(answer, { status: 502, headers: { "Retry-After": "7" } });
    const between = api.createClient({ base, token, fetch: async () => said });
    return between.getMe().catch(({ status, reason, detail, retryAfter }) => ({ status, reason, detail, retryAfter }));
  },

  abort: async () => {
    const run = await planned();
    const watching = new AbortController();
    const seen = [];
    const onEvent = (event) => {
      seen.push(event.number);
      watching.abort();
    };
    const before = await refused(() => bot.getMe({ signal: AbortSignal.abort() }));
    const watch = await refused(() => bot.watchRun(run.id, { signal: watching.signal, onEvent }));
    const time = await refused(() => bot.watchRun(run.id, { signal: AbortSignal.timeout(300) }));
    await bot.cancelRun({ id: run.id });
    return { before, watch, time, seen };
  },

  approve: async () => {
    const run = await planned();
    const wrong = await refused(() => bot.approveRun({ id: run.id, body: { digest: "0000000" } }));
    const moved = await bot.approveRun({ id: run.id, body: { digest: run.plans[0].digest } });
    return { wrong, moved, ...(await watched(run.id)) };
  },

  // Approved when nothing has been heard for longer than a stream may stay silent.
  slow: async () => {
    const run = await planned();
    const watching = watched(run.id);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await bot.approveRun({ id: run.id, body: { digest: run.plans[0].digest } });
    return watching;
  },

  // As many streams as one person may have are open, and somebody watches nevertheless.
  full: async () => {
    const run = await planned();
    const events = { headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" } };
    const places = Array.from({ length: 20 }, () => fetch(`${base}/api/v1/runs/${run.id}/events`, events));
    const answers = await Promise.all(places);
    const watching = watched(run.id);
    await bot.rejectRun({ id: run.id, body: { reason: "too early" } });
    const told = await watching;
    for (const answer of answers) await answer.body.cancel();
    return { statuses: answers.map((answer) => answer.status), ...told };
  },

  export: async () => {
    const { id } = await made();
    const { id: exported } = await bot.createExport({ id, body: { type: "tar.gz" } });
    const states = [];
    const found = await bot.watchExport(exported, { onChange: ({ status }) => states.push(status) });
    const answer = await bot.downloadExport({ id: exported });
    const sha256 = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
    const listed = await bot.listExports({ id });
    return {
      states, found, sha256: Buffer.from(sha256).toString("hex"),
      listed: listed.items.map((each) => each.id), type: answer.headers.get("Content-Type"),
      again: (await bot.watchExport(exported)).status,
    };
  },

  command: async () => {
    const repository = `local:demo/${crypto.randomUUID()}`;
    const { run_id: id } = await bot.createProject({ body: { ...PACKAGE, into: repository } });
    await bot.watchRun(id);
    return bot.createCommand({ body: { text: "/firstcommit templates", repository } });
  },

  hooks: async () => {
    const hook = await bot.createHook({ body: { url: "https://example.com/hook" } });
    const changed = await bot.changeHook({ id: hook.id, body: { active: false } });
    await bot.deleteHook({ id: hook.id });
    return { secret: hook.secret, active: changed.active, left: (await bot.listHooks()).items.length };
  },

  tokens: async () => {
    const issued = await bot.createToken({ body: { name: "reading", scopes: ["read"], days: 1 } });
    const reader = api.createClient({ base, token: issued.token });
    const project = await refused(() => reader.createProject({ body: PACKAGE }));
    const scopes = (await reader.getMe()).scopes;
    await bot.revokeToken({ id: issued.id });
    return { project, scopes, after: await refused(() => reader.getMe()) };
  },
};

const [, , name, input] = process.argv;
console.log(JSON.stringify(await stories[name](input)));
