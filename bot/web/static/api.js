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

/**
 * @typedef {{items: ProjectAnswer[], next: string | null}} ProjectPage Some projects, newest
 *   first.
 */
/**
 * @typedef {{id: string, name: string, status: ProjectStatus, pack: string,
 *   organisation_id: string | null, run_id: string | null, error_message: string | null,
 *   total_files: number, total_size: number, snapshot: number, created_by: string,
 *   created_at: string, updated_at: string, completed_at: string | null}} ProjectAnswer A
 *   generated project.
 */
/**
 * @typedef {"pending" | "generating" | "completed" | "failed" | "archived"} ProjectStatus
 *   Where a generated project stands.
 */
/**
 * @typedef {{id: string, name: string, status: ProjectStatus, pack: string,
 *   organisation_id: string | null, run_id: string | null, error_message: string | null,
 *   total_files: number, total_size: number, snapshot: number, created_by: string,
 *   created_at: string, updated_at: string, completed_at: string | null,
 *   quote: QuoteAnswer | null}} BegunProjectAnswer A project that is being generated.
 */
/**
 * @typedef {{runs: number, tokens: number, tokens_90: number, usd: number | null,
 *   usd_90: number | null}} HistoryAnswer What such runs have used up on this server.
 */
/**
 * @typedef {{model: string, priced: boolean, least_tokens: number, least_usd: number | null,
 *   history: HistoryAnswer | null, cap_tokens: number | null, cap_usd: number | null}}
 *   QuoteAnswer What a run may cost that asks language models.
 */
/**
 * @typedef {{pack?: string | null, answers?: Record<string, unknown>,
 *   workflow?: string | null, into?: string | Into | null, plan?: boolean,
 *   budget_usd?: number | null, budget_tokens?: number | null}} NewProject What to generate,
 *   and where to. Without `into` the files stay in the store.
 */
/**
 * @typedef {{repository: string, path?: string | null, branch?: string | null,
 *   draft?: boolean | null, visibility?: string | null, existing?: boolean | null}} Into Where
 *   a project goes. `repository` is as in a comment: `FORGE:OWNER/NAME`.
 */
/**
 * @typedef {{name?: string | null, archived?: boolean | null}} ProjectChange What is to be
 *   otherwise. What is left out stays.
 */
/** @typedef {{items: FileAnswer[], next: string | null}} FilePage Some files, by path. */
/**
 * @typedef {{id: string, project_id: string, path: string, name: string, type: string,
 *   size: number, mode: string, content_hash: string, preview: string, origin: string,
 *   created_at: string | null, updated_at: string | null}} FileAnswer A file of a project,
 *   without its content.
 */
/**
 * @typedef {{path: string, folders: FolderPart[], files: LeafPart[]}} FolderAnswer A folder.
 *   Only that of a project that has no files is empty.
 */
/**
 * @typedef {{name: string, path: string, files: number, size: number}} FolderPart A folder in
 *   a folder.
 */
/**
 * @typedef {{name: string, path: string, type: string, size: number, mode: string,
 *   content_hash: string}} LeafPart A file in a folder.
 */
/**
 * @typedef {{items: ExportAnswer[], next: string | null}} ExportPage Some exports, newest
 *   first.
 */
/**
 * @typedef {{id: string, project_id: string, run_id: string | null, type: ExportType,
 *   snapshot: number, status: ExportStatus, repository_name: string | null,
 *   repository_url: string | null, archive_size: number | null, archive_hash: string | null,
 *   error_message: string | null, config: Record<string, unknown>, created_by: string,
 *   created_at: string, updated_at: string, completed_at: string | null,
 *   download_url: string | null}} ExportAnswer An archive of a project, or a publication of
 *   it.
 */
/**
 * @typedef {"pending" | "exporting" | "completed" | "failed"} ExportStatus Where an export
 *   stands.
 */
/**
 * @typedef {"zip" | "tar" | "tar.gz" | "git" | "local" | "github" | "gitlab"} ExportType In
 *   what form a project left: an archive, a folder of the local forge, or a forge.
 */
/**
 * @typedef {{type: "zip" | "tar" | "tar.gz", config?: NewExportConfig}} NewExport What kind of
 *   archive.
 */
/** @typedef {{folder?: string | null}} NewExportConfig What an archive is to be like. */
/** @typedef {{items: RunAnswer[], next: string | null}} RunPage Some runs, newest first. */
/** @typedef {{forge: string, login: string}} ActorAnswer An account on a forge. */
/**
 * @typedef {{reason: string, message: string, remedy: string}} FailureAnswer Why something
 *   stopped.
 */
/**
 * @typedef {{id: string, status: RunStatus, workflow: string, requester: ActorAnswer,
 *   repository: string | null, thread: ThreadAnswer | null, organisation_id: string | null,
 *   project_id: string | null, waiting_for: string | null, cancel_requested_by: string | null,
 *   failure: FailureAnswer | null, outputs: Record<string, unknown> | null,
 *   created_at: string, started_at: string | null, finished_at: string | null}} RunAnswer A
 *   run.
 */
/**
 * @typedef {"queued" | "running" | "waiting" | "completed" | "failed" | "cancelled"} RunStatus
 *   Where a run stands. The last three are final until somebody asks for a retry.
 */
/**
 * @typedef {{repository: string, number: number, url: string}} ThreadAnswer An issue or a
 *   change in which something was asked for.
 */
/**
 * @typedef {{id: string, status: RunStatus, workflow: string, requester: ActorAnswer,
 *   repository: string | null, thread: ThreadAnswer | null, organisation_id: string | null,
 *   project_id: string | null, waiting_for: string | null, cancel_requested_by: string | null,
 *   failure: FailureAnswer | null, outputs: Record<string, unknown> | null,
 *   created_at: string, started_at: string | null, finished_at: string | null,
 *   usage: UsageAnswer | null, quote: QuoteAnswer | null, inputs: Record<string, unknown>,
 *   steps: StepAnswer[], plans: PlanAnswer[]}} WholeRunAnswer A run with its steps and plans.
 */
/**
 * @typedef {{digest: string, step: string, status: PlanStatus, created_at: string,
 *   lapses_at: string, decided_by: string | null, decided_at: string | null, note: string,
 *   shown: Record<string, unknown>}} PlanAnswer What a run wants to publish, and what somebody
 *   said to it.
 */
/**
 * @typedef {"pending" | "approved" | "rejected" | "lapsed"} PlanStatus Where a plan that waits
 *   for approval stands. All but the first are final.
 */
/**
 * @typedef {{id: string, uses: string, status: StepStatus, attempts: number,
 *   inputs: Record<string, unknown> | null, outputs: Record<string, unknown> | null,
 *   failure: FailureAnswer | null, waiting_for: string | null, started_at: string | null,
 *   finished_at: string | null, parts: Record<string, unknown>[]}} StepAnswer A step; one that
 *   is done for each item of a list has `parts`.
 */
/**
 * @typedef {"pending" | "running" | "waiting" | "completed" | "failed" | "skipped"} StepStatus
 *   Where one step of a run stands.
 */
/**
 * @typedef {{calls: number, tokens: number, cost_usd: number | null, reserved_tokens: number,
 *   cap_tokens: number | null, cap_usd: number | null}} UsageAnswer What a run has used up of
 *   language models, and where that ends.
 */
/**
 * @typedef {{items: StepAnswer[], next: string | null}} StepsAnswer The steps of a run, in
 *   order.
 */
/**
 * @typedef {{items: EventAnswer[], next: number | null}} EventList What happened in a run, in
 *   order. Go on with `after` and the last number.
 */
/**
 * @typedef {{number: number, kind: string, at: string, data: Record<string, unknown>}}
 *   EventAnswer Something that happened in a run.
 */
/** @typedef {{reason: string, reply: string | null, run: RunAnswer}} Moved What came of it. */
/** @typedef {Record<string, never>} NoBody Nothing. */
/**
 * @typedef {{step?: string | null, budget_usd?: number | null, budget_tokens?: number | null}}
 *   RetryBody What to do again.
 */
/** @typedef {{digest: string}} ApproveBody Which plan. */
/** @typedef {{reason?: string}} RejectBody Why. */
/**
 * @typedef {{items: ModelCallAnswer[], next: string | null}} ModelCallPage Some calls, oldest
 *   first.
 */
/**
 * @typedef {"planned" | "refused" | "answered" | "failed" | "lost"} CallStatus What became of
 *   one call of a model. Each but the first two may have cost something.
 */
/**
 * @typedef {{id: string, step: string, purpose: string, model: string, attempt: number,
 *   status: CallStatus, tokens: number, input_tokens: number | null,
 *   output_tokens: number | null, cached_tokens: number | null, cost_usd: number | null,
 *   http_status: number | null, duration_ms: number | null, prompt_sha256: string,
 *   answer_sha256: string | null, has_texts: boolean, prompt: string | null,
 *   answer: string | null, created_at: string, settled_at: string | null}} ModelCallAnswer A
 *   call of a language model.
 */
/**
 * @typedef {{items: EvidenceAnswer[], next: string | null}} EvidenceList All that a run has
 *   had verified, oldest first.
 */
/**
 * @typedef {{name: string, command: string[], result: Result, ending: string,
 *   exit_code: number | null, duration_s: number, output: string, needs: string,
 *   remedy: string, notes: NoteAnswer[]}} CheckRunAnswer What came of a check.
 */
/**
 * @typedef {{id: string, run_id: string, step: string, project_id: string, snapshot: number,
 *   digest: string, files_digest: string, files: number, pack: string,
 *   toolchains: Record<string, unknown>, passed: boolean, complete: boolean,
 *   checks: CheckRunAnswer[], findings: NoteAnswer[], more: number, created_at: string}}
 *   EvidenceAnswer What was verified of one snapshot, how, and what came of it.
 */
/**
 * @typedef {{path: string, line: number | null, message: string}} NoteAnswer Something wrong
 *   at a place.
 */
/** @typedef {"passed" | "failed" | "stopped" | "not_run"} Result What came of a check. */
/**
 * @typedef {{reason: string, reply: string | null, run: RunAnswer | null}} CommandAnswer What
 *   came of a command.
 */
/**
 * @typedef {{text: string, repository: string, thread?: number | null}} NewCommand A command
 *   as in a comment, and where it is meant.
 */
/**
 * @typedef {{carried_out: boolean, reason: string, message: string, remedy: string,
 *   reply: string, run: TriedRunAnswer | null, effects: EffectAnswer[],
 *   files: TriedFileAnswer[], total_size: number, waits: WaitAnswer[],
 *   quote: QuoteAnswer | null, named: string[]}} DryRunAnswer What would come of a command.
 */
/**
 * @typedef {{number: number, at: string, kind: string, where: string, summary: string}}
 *   EffectAnswer One thing that would be done outside.
 */
/**
 * @typedef {{kind: string, forge: string | null, repository: string | null,
 *   commit: string | null, path: string | null}} SourceAnswer Where a workflow comes from. All
 *   but the kind is null for one that ships.
 */
/**
 * @typedef {{path: string, type: string, size: number, mode: string}} TriedFileAnswer A file
 *   that would be generated.
 */
/**
 * @typedef {{workflow: string, source: SourceAnswer, steps: TriedStepAnswer[]}} TriedRunAnswer
 *   The run that would be.
 */
/**
 * @typedef {{id: string, uses: string, status: StepStatus}} TriedStepAnswer A step of the run
 *   that would be.
 */
/**
 * @typedef {{step: string, digest: string}} WaitAnswer A step at which somebody would have to
 *   approve a plan.
 */
/**
 * @typedef {{text: string, repository: string}} NewDryRun A command as in a comment, and where
 *   it would be written.
 */
/**
 * @typedef {{allowed: boolean, reason: string, why: string, lines: LineAnswer[]}}
 *   ExplanationAnswer Whether it would be allowed.
 */
/** @typedef {{about: string, text: string}} LineAnswer One thing that was looked at. */
/**
 * @typedef {{text: string, repository: string, thread?: number | null, login?: string | null}}
 *   NewExplanation A command as in a comment, and where it would be written.
 */
/**
 * @typedef {{items: WorkflowAnswer[], next: string | null}} WorkflowPage Some workflows, by
 *   name.
 */
/**
 * @typedef {{name: string, summary: string, source: SourceAnswer, inputs: string[],
 *   problem: string}} WorkflowAnswer A workflow, as lists show it.
 */
/** @typedef {Record<string, never>} WorkflowSchema A JSON Schema (2020-12). */
/**
 * @typedef {{name: string, summary: string, source: SourceAnswer, inputs: InputAnswer[],
 *   steps: PlannedStepAnswer[], outputs: Record<string, unknown>, timeout_s: number | null,
 *   text: string}} WholeWorkflowAnswer A workflow with its inputs and steps.
 */
/**
 * @typedef {{name: string, type: Kind, help: string, choices: string[], required: boolean,
 *   default?: unknown}} InputAnswer What a workflow asks for.
 */
/**
 * @typedef {"string" | "text" | "integer" | "boolean" | "choice" | "choices" | "list" |
 *   "secret" | "object" | "project" | "destination" | "repository" | "nothing" | "any"} Kind
 *   What a value is. All but the last three can be the type of a workflow's input.
 */
/**
 * @typedef {{id: string, uses: string, needs: string[], if?: unknown, for_each?: unknown,
 *   with: Record<string, unknown>, timeout_s: number | null, retries: number,
 *   inserted: boolean}} PlannedStepAnswer A step of a workflow, with its references still in
 *   it.
 */
/**
 * @typedef {{valid: boolean, name: string | null, steps: number, problems: ProblemAnswer[],
 *   more: number}} CheckedWorkflow What a file of a workflow is.
 */
/**
 * @typedef {{line: number | null, column: number | null, place: string, message: string}}
 *   ProblemAnswer One thing that is wrong with a file.
 */
/** @typedef {{text: string}} WorkflowText A file. */
/**
 * @typedef {{items: StepTypeAnswer[], next: string | null}} StepTypeList All step types there
 *   are.
 */
/**
 * @typedef {{name: string, type: Kind, summary: string, required: boolean, choices: string[],
 *   default?: unknown, secrets: boolean}} FieldAnswer One thing that a step takes or gives.
 */
/**
 * @typedef {"none" | "thread" | "write" | "create" | "approve" | "origin"} Rights What a step
 *   needs its requester, or the operator, to allow.
 */
/**
 * @typedef {{name: string, package: string, summary: string, description: string,
 *   inputs: FieldAnswer[], outputs: FieldAnswer[], rights: Rights, rights_words: string,
 *   publishes: boolean, rehearses: boolean, longest_s: number}} StepTypeAnswer What a
 *   workflow's `uses` can name.
 */
/** @typedef {{items: PackAnswer[], next: string | null}} PackPage Some template packs, by name. */
/**
 * @typedef {{name: string, version: string, summary: string, tags: string[],
 *   questions: number, source: string | null, commit: string | null}} PackAnswer A template
 *   pack, as lists show it.
 */
/**
 * @typedef {{name: string, version: string, summary: string, tags: string[], digest: string,
 *   source: string | null, commit: string | null, questions: QuestionAnswer[],
 *   files: PackFileAnswer[], skip_on_update: string[], checks: PackCheckAnswer[],
 *   limits: LimitsAnswer}} WholePackAnswer A template pack with all that it says.
 */
/**
 * @typedef {{files: number, file_bytes: number, project_bytes: number}} LimitsAnswer How large
 *   a project may become.
 */
/**
 * @typedef {{name: string, run: string[]}} PackCheckAnswer A command that the generated
 *   project passes.
 */
/**
 * @typedef {{path: string, size: number, mode: string, copied: boolean, when: string[],
 *   each: string | null}} PackFileAnswer A file of a pack, before anything is made of it.
 */
/**
 * @typedef {{name: string, type: QuestionType, help: string, required: boolean,
 *   secret: boolean, choices: string[], pattern: string, default: unknown,
 *   default_template: string | null, when: string | null}} QuestionAnswer A question of a
 *   pack.
 */
/**
 * @typedef {"string" | "text" | "integer" | "boolean" | "choice" | "choices" | "list" |
 *   "secret"} QuestionType What kind of answer a question takes.
 */
/** @typedef {Record<string, never>} AnswerSchema A JSON Schema (2020-12). */
/**
 * @typedef {{path: string, text: string}} FormAnswer A form, as a file that a forge takes it
 *   from.
 */
/**
 * @typedef {{valid: boolean, answers: Record<string, unknown> | null,
 *   problems: AnswerProblemAnswer[]}} CheckedAnswers Whether a project can be made from some
 *   answers.
 */
/**
 * @typedef {{question: string, reason: string, message: string}} AnswerProblemAnswer What is
 *   wrong with an answer.
 */
/**
 * @typedef {{answers?: Record<string, unknown>, forge?: string}} Answers Answers to a pack's
 *   questions.
 */
/**
 * @typedef {{valid: boolean, problems: AnswerProblemAnswer[], files: PreviewFile[],
 *   total_size: number, content: PreviewContent | null}} PreviewAnswer What would be made;
 *   where a secret would stand, there is a stand-in.
 */
/** @typedef {{path: string, text: string | null}} PreviewContent What would stand in one file. */
/**
 * @typedef {{path: string, type: string, size: number, mode: string}} PreviewFile A file that
 *   would be made.
 */
/**
 * @typedef {{answers?: Record<string, unknown>, forge?: string, path?: string | null}} Preview
 *   Answers, and the file whose text is to be shown.
 */
/**
 * @typedef {{items: OrganisationAnswer[], next: string | null}} OrganisationPage Some
 *   organisations, by forge and login.
 */
/**
 * @typedef {{id: string, forge: string, login: string, is_person: boolean, role: string,
 *   suspended: boolean, removed_at: string | null}} OrganisationAnswer An account on a forge
 *   that has installed the bot.
 */
/**
 * @typedef {{organisation_id: string, keys: KeyAnswer[], file: PolicyFileAnswer | null,
 *   budgets_today: BudgetAnswer[]}} PolicyAnswer What is in force for all repositories of an
 *   organisation, before their own files.
 */
/**
 * @typedef {{of: string, calls: number, tokens: number, cost_usd: number,
 *   unpriced_calls: number, reserved_tokens: number, reserved_usd: number,
 *   cap_tokens: number | null, cap_usd: number | null, left_tokens: number | null,
 *   left_usd: number | null}} BudgetAnswer What of language models was used up today (UTC),
 *   and what is left.
 */
/** @typedef {{key: string, value: unknown, set_by: SetBy}} KeyAnswer A key of the policy. */
/**
 * @typedef {{repository: string, path: string, commit: string, exists: boolean,
 *   in_force: string | null, problems: ProblemAnswer[]}} PolicyFileAnswer The organisation's
 *   own policy file.
 */
/**
 * @typedef {{kind: string, repository: string | null, path: string | null,
 *   commit: string | null}} SetBy Who has set a key.
 */
/**
 * @typedef {{items: DeliveryAnswer[], next: string | null}} DeliveryPage Some deliveries,
 *   newest first.
 */
/**
 * @typedef {{id: string, forge: string, delivery_id: string, kind: string,
 *   status: DeliveryStatus, attempts: number, note: string, body_sha256: string,
 *   received_at: string}} DeliveryAnswer What a forge told us, without its body.
 */
/**
 * @typedef {"received" | "done" | "failed" | "malformed"} DeliveryStatus Where a delivery
 *   stands; only a failed one may be claimed again.
 */
/**
 * @typedef {{id: string, forge: string, delivery_id: string, kind: string,
 *   status: DeliveryStatus, attempts: number, note: string, body_sha256: string,
 *   received_at: string, body_size: number | null}} WholeDeliveryAnswer One delivery. Of its
 *   headers, what names it and its event is kept, and nothing else.
 */
/** @typedef {{id: string, queued: boolean}} ReplayAnswer The delivery that is taken in. */
/** @typedef {{again?: boolean}} ReplayBody How to have it again. */
/**
 * @typedef {{operates: boolean, accounts: ActorAnswer[], roles: RoleAnswer[],
 *   scopes: string[]}} MeAnswer Whoever asks.
 */
/**
 * @typedef {{organisation_id: string, role: string}} RoleAnswer What somebody is to an
 *   organisation.
 */
/**
 * @typedef {{items: TokenAnswer[], next: string | null}} TokenPage Some tokens, newest first;
 *   those that have ended for 30 days, too.
 */
/**
 * @typedef {{id: string, name: string, beginning: string, scopes: ("read" | "write" |
 *   "approve" | "tokens" | "operate")[], created_at: string, expires_at: string,
 *   used_at: string | null}} TokenAnswer A token without its text.
 */
/**
 * @typedef {{id: string, name: string, beginning: string, scopes: ("read" | "write" |
 *   "approve" | "tokens" | "operate")[], created_at: string, expires_at: string,
 *   used_at: string | null, token: string}} IssuedAnswer A token that was just made.
 */
/**
 * @typedef {{name: string, scopes?: ("read" | "write" | "approve" | "tokens" | "operate")[],
 *   days?: number | null}} NewToken What a token is for.
 */
/** @typedef {{items: HookAnswer[], next: string | null}} HookPage Some hooks, newest first. */
/**
 * @typedef {{id: string, url: string, kinds: HookKind[], organisation_id: string | null,
 *   active: boolean, off_reason: string, failing_since: string | null, created_by: string,
 *   created_at: string, updated_at: string}} HookAnswer Where somebody wants to hear of
 *   projects.
 */
/**
 * @typedef {"project.created" | "project.changed" | "project.completed" | "project.failed" |
 *   "project.deleted" | "files.saved" | "file.written" | "file.deleted" | "export.started" |
 *   "export.completed" | "export.failed"} HookKind What a hook can hear of; ``docs/hooks.md``
 *   has an example of each.
 */
/**
 * @typedef {{id: string, url: string, kinds: HookKind[], organisation_id: string | null,
 *   active: boolean, off_reason: string, failing_since: string | null, created_by: string,
 *   created_at: string, updated_at: string, secret: string}} MadeHookAnswer A hook with the
 *   secret that signs what it is sent.
 */
/**
 * @typedef {{url: string, kinds?: HookKind[], organisation_id?: string | null}} NewHook Where
 *   to tell of what.
 */
/**
 * @typedef {{url?: string | null, kinds?: HookKind[] | null, active?: boolean | null}}
 *   HookChange What is to be otherwise. What is left out stays.
 */
/**
 * @typedef {{id: string, hook_id: string, kind: string, status: HookDeliveryStatus,
 *   attempts: number, due_at: string | null, answered: number | null, note: string,
 *   body: Record<string, unknown>, created_at: string, finished_at: string | null}}
 *   HookDeliveryAnswer Something that a hook was told, or is to be.
 */
/**
 * @typedef {"pending" | "delivered" | "failed"} HookDeliveryStatus Where a delivery to a hook
 *   stands. What is pending may have been tried already.
 */
/**
 * @typedef {{items: HookDeliveryAnswer[], next: string | null}} HookDeliveryPage Some
 *   deliveries, newest first.
 */
/**
 * @typedef {{type: string, title: string, status: number, reason: string, detail: string,
 *   remedy?: string, errors?: Place[], reference?: string}} Problem What went wrong, and what
 *   to do about it.
 */
/** @typedef {{at: string, message: string}} Place What of a request is wrong. */

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
    /**
     * List projects, newest first.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {limit?: number, after?: string, organisation?: string,
     *   status?: ProjectStatus, pack?: string, text?: string}} [options]
     * @returns {Promise<ProjectPage>}
     */
    listProjects: (options) =>
      call("GET /projects", { query: "limit after organisation status pack text" }, options),

    /**
     * Generate a project.
     * Answers at once; `GET /runs/{run_id}/events` tells how it goes on.
     * For whoever the policy in force lets. Scope: `write`.
     * @param {Options & {idempotencyKey?: string, body: NewProject}} options
     * @returns {Promise<BegunProjectAnswer>}
     */
    createProject: (options) =>
      call("POST /projects", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * One project.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<ProjectAnswer>}
     */
    getProject: (options) => call("GET /projects/{id}", {}, options),

    /**
     * Rename a project, put it away or take it out again.
     * For whoever may write to the repository that it belongs to. Scope: `write`.
     * @param {Options & {id: string, ifMatch?: string, body: ProjectChange}} options
     * @returns {Promise<ProjectAnswer>}
     */
    changeProject: (options) =>
      call("PATCH /projects/{id}", { headers: "If-Match", sends: JSON_TYPE }, options),

    /**
     * Drop a project with its files and exports.
     * What was published of it stays where it is.
     * For whoever may write to the repository that it belongs to. Scope: `write`.
     * @param {Options & {id: string, ifMatch?: string}} options
     * @returns {Promise<void>}
     */
    deleteProject: (options) => call("DELETE /projects/{id}", { headers: "If-Match" }, options),

    /**
     * List files by path.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string, limit?: number, after?: string, path?: string,
     *   type?: string}} options
     * @returns {Promise<FilePage>}
     */
    listFiles: (options) =>
      call("GET /projects/{id}/files", { query: "limit after path type" }, options),

    /**
     * What one folder holds.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string, path?: string}} options
     * @returns {Promise<FolderAnswer>}
     */
    getTree: (options) => call("GET /projects/{id}/tree", { query: "path" }, options),

    /**
     * The bytes of a file.
     * Texts come as `text/plain`, images as what they are, everything else as
     * `application/octet-stream` to be kept. One range of bytes can be asked for.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string, path: string}} options
     * @returns {Promise<Response>}
     */
    readFile: (options) => call("GET /projects/{id}/files/{path}", { gives: "bytes" }, options),

    /**
     * Write a file by hand.
     * To replace a file, name the content that you saw: its ETag as `If-Match`. A plan that waits
     * for approval lapses, since it was made of other files.
     * For whoever may write to the repository that it belongs to. Scope: `write`.
     * @param {Options & {id: string, path: string, executable?: boolean, ifMatch?: string,
     *   ifNoneMatch?: string, body?: BodyInit}} options
     * @returns {Promise<FileAnswer>}
     */
    writeFile: (options) =>
      call("PUT /projects/{id}/files/{path}",
        { query: "executable", headers: "If-Match If-None-Match", sends: BYTES_TYPE },
        options),

    /**
     * Take a file away.
     * For whoever may write to the repository that it belongs to. Scope: `write`.
     * @param {Options & {id: string, path: string, ifMatch: string}} options
     * @returns {Promise<void>}
     */
    deleteFile: (options) =>
      call("DELETE /projects/{id}/files/{path}", { headers: "If-Match" }, options),

    /**
     * List the exports of a project, newest first.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string, limit?: number, after?: string}} options
     * @returns {Promise<ExportPage>}
     */
    listExports: (options) => call("GET /projects/{id}/exports", { query: "limit after" }, options),

    /**
     * Make an archive of a project.
     * Answers at once; the export is *completed* when it can be downloaded. The same files give
     * the same bytes.
     * For whoever may write to the repository that it belongs to. Scope: `write`.
     * @param {Options & {id: string, idempotencyKey?: string, body: NewExport}} options
     * @returns {Promise<ExportAnswer>}
     */
    createExport: (options) =>
      call("POST /projects/{id}/exports",
        { headers: "Idempotency-Key", sends: JSON_TYPE },
        options),

    /**
     * One export.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<ExportAnswer>}
     */
    getExport: (options) => call("GET /exports/{id}", {}, options),

    /**
     * The bytes of an archive.
     * With a token, or by the link that `download_url` is for 15 minutes.
     * For whoever may read the project, or holds a link that was signed for them. Scope: `read`.
     * @param {Reading & {id: string, expires?: number, signature?: string}} options
     * @returns {Promise<Response>}
     */
    downloadExport: (options) =>
      call("GET /exports/{id}/download", { query: "expires signature", gives: "bytes" }, options),

    /**
     * List runs, newest first.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {limit?: number, after?: string, organisation?: string, project?: string,
     *   status?: RunStatus}} [options]
     * @returns {Promise<RunPage>}
     */
    listRuns: (options) =>
      call("GET /runs", { query: "limit after organisation project status" }, options),

    /**
     * One run with its steps and plans.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<WholeRunAnswer>}
     */
    getRun: (options) => call("GET /runs/{id}", {}, options),

    /**
     * The steps of a run.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<StepsAnswer>}
     */
    listSteps: (options) => call("GET /runs/{id}/steps", {}, options),

    /**
     * What happened in a run.
     * A list, or under `Accept: text/event-stream` a stream of server-sent events that goes on
     * until the run ends; `Last-Event-ID` goes on behind an event as `after` does.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string, after?: number, limit?: number}} options
     * @returns {Promise<EventList>}
     */
    listEvents: (options) => call("GET /runs/{id}/events", { query: "after limit" }, options),

    /**
     * Stop a run.
     * For whoever asked for it, or may write to the repository that it belongs to. Scope: `write`.
     * @param {Options & {id: string, idempotencyKey?: string, body?: NoBody}} options
     * @returns {Promise<Moved>}
     */
    cancelRun: (options) =>
      call("POST /runs/{id}/cancel", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * Go on with a run where it stopped, or do one step again.
     * For whoever asked for it, or may write to the repository that it belongs to. Scope: `write`.
     * @param {Options & {id: string, idempotencyKey?: string, body?: RetryBody}} options
     * @returns {Promise<Moved>}
     */
    retryRun: (options) =>
      call("POST /runs/{id}/retry", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * Publish exactly what a plan says.
     * For whoever the policy in force lets. Scope: `approve`.
     * @param {Options & {id: string, idempotencyKey?: string, body: ApproveBody}} options
     * @returns {Promise<Moved>}
     */
    approveRun: (options) =>
      call("POST /runs/{id}/approve", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * End a plan, and its run.
     * For whoever asked for it, or may write to the repository that it belongs to. Scope:
     * `approve`.
     * @param {Options & {id: string, idempotencyKey?: string, body?: RejectBody}} options
     * @returns {Promise<Moved>}
     */
    rejectRun: (options) =>
      call("POST /runs/{id}/reject", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * What a run has asked language models, oldest first.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string, limit?: number, after?: string, texts?: boolean}} options
     * @returns {Promise<ModelCallPage>}
     */
    listCalls: (options) => call("GET /runs/{id}/calls", { query: "limit after texts" }, options),

    /**
     * What was verified of a run's files, and what came of it.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<EvidenceList>}
     */
    listEvidence: (options) => call("GET /runs/{id}/evidence", {}, options),

    /**
     * Write a command without writing a comment.
     * In a thread, its run tells that thread how it goes on. `approve` and `reject` need the scope
     * `approve` as well.
     * For whoever the policy in force lets. Scope: `write`.
     * @param {Options & {idempotencyKey?: string, body: NewCommand}} options
     * @returns {Promise<CommandAnswer>}
     */
    createCommand: (options) =>
      call("POST /commands", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * Say what a command would do, and do nothing.
     * The program itself runs, with everything that it would do outside only noted down: what is
     * listed is what the command then does, in the same order. Each person has one at a time, and
     * all together have a few; 503 says to ask again.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Options & {body: NewDryRun}} options
     * @returns {Promise<DryRunAnswer>}
     */
    createDryRun: (options) => call("POST /dry-runs", { sends: JSON_TYPE }, options),

    /**
     * Say whether a command would be allowed, and why.
     * Nothing of it is done. About others it is told as if there were nothing outside of the
     * organisation.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Options & {body: NewExplanation}} options
     * @returns {Promise<ExplanationAnswer>}
     */
    createExplanation: (options) => call("POST /explanations", { sends: JSON_TYPE }, options),

    /**
     * List workflows by name.
     * With `repository`, those of its owner come before those that ship, as for a command there.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {limit?: number, after?: string, repository?: string}} [options]
     * @returns {Promise<WorkflowPage>}
     */
    listWorkflows: (options) =>
      call("GET /workflows", { query: "limit after repository" }, options),

    /**
     * The JSON Schema of workflow files.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading} [options]
     * @returns {Promise<WorkflowSchema>}
     */
    getWorkflowSchema: (options) => call("GET /workflows/schema", {}, options),

    /**
     * One workflow with its inputs and steps.
     * With `repository`, those of its owner come before those that ship, as for a command there.
     * It then has the gates, too, that policy puts in.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {name: string, repository?: string}} options
     * @returns {Promise<WholeWorkflowAnswer>}
     */
    getWorkflow: (options) => call("GET /workflows/{name}", { query: "repository" }, options),

    /**
     * Say everything that is wrong with a workflow file.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Options & {body: WorkflowText}} options
     * @returns {Promise<CheckedWorkflow>}
     */
    checkWorkflow: (options) => call("POST /workflow-checks", { sends: JSON_TYPE }, options),

    /**
     * List what the steps of a workflow can be.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading} [options]
     * @returns {Promise<StepTypeList>}
     */
    listStepTypes: (options) => call("GET /step-types", {}, options),

    /**
     * List template packs by name.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {limit?: number, after?: string, text?: string, repository?: string}}
     *   [options]
     * @returns {Promise<PackPage>}
     */
    listPacks: (options) => call("GET /packs", { query: "limit after text repository" }, options),

    /**
     * One template pack with its questions and files.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {name: string, repository?: string}} options
     * @returns {Promise<WholePackAnswer>}
     */
    getPack: (options) => call("GET /packs/{name}", { query: "repository" }, options),

    /**
     * What a pack asks for, as a JSON Schema.
     * It holds for each answer by itself; checking knows the rest. What your own forge suggests
     * need not be given.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {name: string, repository?: string}} options
     * @returns {Promise<AnswerSchema>}
     */
    getPackSchema: (options) => call("GET /packs/{name}/schema", { query: "repository" }, options),

    /**
     * A pack's form for people who open issues.
     * A filled-in one is a command, with its answers. Secrets are not asked for; a pack that needs
     * one has no form (no_form).
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {name: string, repository?: string, forge?: "github" | "gitlab"}} options
     * @returns {Promise<FormAnswer>}
     */
    getPackForm: (options) =>
      call("GET /packs/{name}/form", { query: "repository forge" }, options),

    /**
     * Check answers to a pack's questions.
     * Nothing is made or kept. Every problem is told at once.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Options & {name: string, repository?: string, body: Answers}} options
     * @returns {Promise<CheckedAnswers>}
     */
    checkAnswers: (options) =>
      call("POST /packs/{name}/check", { query: "repository", sends: JSON_TYPE }, options),

    /**
     * Show what a pack would make of answers.
     * Nothing is kept. In place of secrets something else is filled in.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Options & {name: string, repository?: string, body: Preview}} options
     * @returns {Promise<PreviewAnswer>}
     */
    previewPack: (options) =>
      call("POST /packs/{name}/preview", { query: "repository", sends: JSON_TYPE }, options),

    /**
     * List the organisations that you are anything to.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {limit?: number, after?: string}} [options]
     * @returns {Promise<OrganisationPage>}
     */
    listOrganisations: (options) => call("GET /organisations", { query: "limit after" }, options),

    /**
     * One organisation.
     * For whoever may read the repository that it belongs to. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<OrganisationAnswer>}
     */
    getOrganisation: (options) => call("GET /organisations/{id}", {}, options),

    /**
     * The policy in force, and who has set what.
     * Read anew from the forge. A repository's own file may tighten it.
     * For members of the organisation. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<PolicyAnswer>}
     */
    getPolicy: (options) => call("GET /organisations/{id}/policy", {}, options),

    /**
     * List webhook deliveries, newest first.
     * For the operator of the server. Scope: `operate`.
     * @param {Reading & {limit?: number, after?: string, status?: DeliveryStatus, forge?: string,
     *   kind?: string}} [options]
     * @returns {Promise<DeliveryPage>}
     */
    listDeliveries: (options) =>
      call("GET /deliveries", { query: "limit after status forge kind" }, options),

    /**
     * One delivery.
     * For the operator of the server. Scope: `operate`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<WholeDeliveryAnswer>}
     */
    getDelivery: (options) => call("GET /deliveries/{id}", {}, options),

    /**
     * The body of a delivery, byte for byte.
     * Always as `text/plain`. Bodies are kept for 30 days.
     * For the operator of the server. Scope: `operate`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<Response>}
     */
    readDelivery: (options) => call("GET /deliveries/{id}/body", { gives: "bytes" }, options),

    /**
     * Take a delivery in again.
     * It is checked anew: what was allowed when it came may be refused by now.
     * For the operator of the server. Scope: `operate`.
     * @param {Options & {id: string, idempotencyKey?: string, body?: ReplayBody}} options
     * @returns {Promise<ReplayAnswer>}
     */
    replayDelivery: (options) =>
      call("POST /deliveries/{id}/replay",
        { headers: "Idempotency-Key", sends: JSON_TYPE },
        options),

    /**
     * Who asks.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading} [options]
     * @returns {Promise<MeAnswer>}
     */
    getMe: (options) => call("GET /me", {}, options),

    /**
     * List one's own tokens.
     * For the person whose it is. Scope: `tokens`.
     * @param {Reading & {limit?: number, after?: string}} [options]
     * @returns {Promise<TokenPage>}
     */
    listTokens: (options) => call("GET /tokens", { query: "limit after" }, options),

    /**
     * Make a token.
     * With no more scopes, and for no longer, than the one that it is made with.
     * For the person whose it is. Scope: `tokens`.
     * @param {Options & {idempotencyKey?: string, body: NewToken}} options
     * @returns {Promise<IssuedAnswer>}
     */
    createToken: (options) =>
      call("POST /tokens", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * Revoke a token, at once.
     * For the person whose it is. Scope: `tokens`.
     * @param {Options & {id: string}} options
     * @returns {Promise<void>}
     */
    revokeToken: (options) => call("DELETE /tokens/{id}", {}, options),

    /**
     * List one's own hooks, and those of organisations that one owns.
     * For the person whose it is. Scope: `read`.
     * @param {Reading & {limit?: number, after?: string}} [options]
     * @returns {Promise<HookPage>}
     */
    listHooks: (options) => call("GET /hooks", { query: "limit after" }, options),

    /**
     * Be told of projects.
     * Signed as https://www.standardwebhooks.com has it, tried again for days, and switched off
     * when nobody answers. The operator's hooks hear of everything.
     * For everybody for themselves, and owners for their organisation. Scope: `write`.
     * @param {Options & {idempotencyKey?: string, body: NewHook}} options
     * @returns {Promise<MadeHookAnswer>}
     */
    createHook: (options) =>
      call("POST /hooks", { headers: "Idempotency-Key", sends: JSON_TYPE }, options),

    /**
     * One hook.
     * For the person whose it is. Scope: `read`.
     * @param {Reading & {id: string}} options
     * @returns {Promise<HookAnswer>}
     */
    getHook: (options) => call("GET /hooks/{id}", {}, options),

    /**
     * Change a hook, or switch it on or off.
     * For the person whose it is. Scope: `write`.
     * @param {Options & {id: string, body: HookChange}} options
     * @returns {Promise<HookAnswer>}
     */
    changeHook: (options) => call("PATCH /hooks/{id}", { sends: JSON_TYPE }, options),

    /**
     * Remove a hook, with all that was on its way.
     * For the person whose it is. Scope: `write`.
     * @param {Options & {id: string}} options
     * @returns {Promise<void>}
     */
    deleteHook: (options) => call("DELETE /hooks/{id}", {}, options),

    /**
     * Get a new secret; for a day the old one signs, too.
     * For the person whose it is. Scope: `write`.
     * @param {Options & {id: string}} options
     * @returns {Promise<MadeHookAnswer>}
     */
    rotateHookSecret: (options) => call("POST /hooks/{id}/secret", {}, options),

    /**
     * Send something that tells nothing.
     * For the person whose it is. Scope: `write`.
     * @param {Options & {id: string}} options
     * @returns {Promise<HookDeliveryAnswer>}
     */
    pingHook: (options) => call("POST /hooks/{id}/ping", {}, options),

    /**
     * What a hook was told, newest first.
     * For the person whose it is. Scope: `read`.
     * @param {Reading & {id: string, limit?: number, after?: string}} options
     * @returns {Promise<HookDeliveryPage>}
     */
    listHookDeliveries: (options) =>
      call("GET /hooks/{id}/deliveries", { query: "limit after" }, options),

    /**
     * Send something again, at once.
     * For the person whose it is. Scope: `write`.
     * @param {Options & {id: string, delivery: string}} options
     * @returns {Promise<HookDeliveryAnswer>}
     */
    redeliver: (options) => call("POST /hooks/{id}/deliveries/{delivery}/redeliver", {}, options),

    /**
     * The description of all this, as OpenAPI 3.1.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading & {mine?: boolean}} [options]
     * @returns {Promise<string>}
     */
    getDescription: (options) => call("GET /openapi.json", { query: "mine" }, options),

    /**
     * The same for people to read, as a page.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading} [options]
     * @returns {Promise<Response>}
     */
    getDocs: (options) => call("GET /docs", { gives: "bytes" }, options),

    /**
     * The same for language models to read, as Markdown.
     * Only what whoever asks may ask for is in it.
     * For whoever is signed in; only what they may see is told. Scope: `read`.
     * @param {Reading} [options]
     * @returns {Promise<Response>}
     */
    getAgentsText: (options) => call("GET /agents.md", { gives: "bytes" }, options),

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
export const {
  listProjects, createProject, getProject, changeProject, deleteProject, listFiles, getTree,
  readFile, writeFile, deleteFile, listExports, createExport, getExport, downloadExport, listRuns,
  getRun, listSteps, listEvents, cancelRun, retryRun, approveRun, rejectRun, listCalls,
  listEvidence, createCommand, createDryRun, createExplanation, listWorkflows, getWorkflowSchema,
  getWorkflow, checkWorkflow, listStepTypes, listPacks, getPack, getPackSchema, getPackForm,
  checkAnswers, previewPack, listOrganisations, getOrganisation, getPolicy, listDeliveries,
  getDelivery, readDelivery, replayDelivery, getMe, listTokens, createToken, revokeToken, listHooks,
  createHook, getHook, changeHook, deleteHook, rotateHookSecret, pingHook, listHookDeliveries,
  redeliver, getDescription, getDocs, getAgentsText, watchRun, watchExport,
} = createClient();
