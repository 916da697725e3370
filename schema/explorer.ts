import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Secret } from '../src/base/secret.js';
import { listChapters, listExplorerTargets, runExplorerStep, type ExplorerTarget as Target } from '../src/explorer/asking.js';
import { needsOf } from '../src/explorer/chapters.js';
import { fullNameOf, makerOf, type Ran } from '../src/explorer/running.js';
import type { Chapter, Step } from '../src/explorer/step.js';
import { answer, enumOf, UserErrorObject } from './common.js';
import type { Context } from './context.js';

const ExplorerTarget = enumOf('ExplorerTarget', 'Whom a step is run against.', {
  SIMULATOR: 'The simulator that goes with this server, in a world of the viewer’s own.',
  STRIPE: 'Stripe’s test mode, with a key of the viewer’s own.',
  ADDRESS: 'Another server that speaks Stripe’s API, on the machine of this one: a stripe-mock, say.',
});
const ExplorerOutcome = enumOf('ExplorerOutcome', 'What came of a step.', {
  DONE: 'It answered.',
  REFUSED: 'An error came, which is a value like any other.',
});

@ObjectType('ExplorerParameter', { description: 'One value that a step takes.', simpleResolvers: true })
export class ExplorerParameterObject {
  @Field(() => String, { description: 'What the code calls it.' })
  name!: string;
  @Field(() => String, { description: 'What people call it.' })
  label!: string;
  @Field(() => String, { nullable: true, description: 'What is taken where nothing is given; null for what must be given.' })
  fallback!: string | null;
  @Field(() => String, { nullable: true, description: 'How the id it takes begins; null where it takes no id.' })
  prefix!: string | null;
  @Field(() => Boolean, { description: 'Whether it is a credential, to be kept in memory alone.' })
  secret!: boolean;
  @Field(() => String, { nullable: true, description: 'The step whose result it is; null where it must be no step’s.' })
  madeBy!: string | null;
}

@ObjectType('ExplorerStep', { description: 'One thing to learn about Stripe’s API.', simpleResolvers: true })
export class ExplorerStepObject {
  @Field(() => String, { description: 'Its name: the chapter’s and its own.' })
  name!: string;
  @Field(() => String, { description: 'What it does.' })
  title!: string;
  @Field(() => String, { description: 'What to know about it.' })
  explanation!: string;
  @Field(() => String, { description: 'The code that runs, in JavaScript.' })
  code!: string;
  @Field(() => [ExplorerParameterObject], { description: 'What it takes.' })
  parameters!: ExplorerParameterObject[];
  @Field(() => [String], { description: 'The names later steps know its results by.' })
  binds!: string[];
  @Field(() => Boolean, { nullable: true, description: 'Whether a refusal is what it is meant to show; null where either may come.' })
  meantToBeRefused!: boolean | null;
}

@ObjectType('ExplorerChapter', { description: 'Steps in the order they are run in.', simpleResolvers: true })
export class ExplorerChapterObject {
  @Field(() => String, { description: 'Its name.' })
  name!: string;
  @Field(() => String, { description: 'Its title.' })
  title!: string;
  @Field(() => String, { description: 'What it is about.' })
  explanation!: string;
  @Field(() => [String], { description: 'What its steps need of earlier chapters, by name; an id of one’s own does as well.' })
  needs!: string[];
  @Field(() => [ExplorerStepObject], { description: 'Its steps.' })
  steps!: ExplorerStepObject[];
}

@ObjectType('ExplorerCall', { description: 'One request of a step, without keys, tokens and addresses that are credentials.', simpleResolvers: true })
export class ExplorerCallObject {
  @Field(() => String, { description: 'The method.' })
  method!: string;
  @Field(() => String, { description: 'The path with its query.' })
  path!: string;
  @Field(() => Int, { nullable: true, description: 'The status of the answer; null where none came.' })
  status!: number | null;
  @Field(() => Int, { description: 'How long the answer took, in milliseconds.' })
  durationMs!: number;
  @Field(() => String, { nullable: true, description: 'Stripe’s id of the request.' })
  requestId!: string | null;
  @Field(() => String, { nullable: true, description: 'The key under which a repeat would not happen twice; null for reads.' })
  idempotencyKey!: string | null;
  @Field(() => String, { nullable: true, description: 'The connected account it was about; null for the platform’s own.' })
  stripeAccount!: string | null;
  @Field(() => String, { description: 'What was sent, in JSON.' })
  request!: string;
  @Field(() => String, { description: 'What came back, in JSON.' })
  response!: string;
  @Field(() => String, { description: 'The same request for a shell; STRIPE_KEY has the key.' })
  curl!: string;
}

@ObjectType('ExplorerTable', { description: 'A list that a step answered.', simpleResolvers: true })
export class ExplorerTableObject {
  @Field(() => [String], { description: 'The names of the columns.' })
  columns!: string[];
  @Field(() => [[String]], { description: 'The rows, a text for each column.' })
  rows!: string[][];
}

@ObjectType('ExplorerError', { description: 'What a step was refused with.', simpleResolvers: true })
export class ExplorerErrorObject {
  @Field(() => String, { description: 'The class of the error, by the SDK.' })
  type!: string;
  @Field(() => String, { nullable: true, description: 'Stripe’s code; null where it has none.' })
  code!: string | null;
  @Field(() => String, { description: 'Stripe’s sentence.' })
  message!: string;
  @Field(() => Int, { nullable: true, description: 'The status of the answer; null where none came.' })
  status!: number | null;
  @Field(() => String, { nullable: true, description: 'Stripe’s id of the request.' })
  requestId!: string | null;
}

@ObjectType('ExplorerBinding', { description: 'What later steps use of a result.', simpleResolvers: true })
export class ExplorerBindingObject {
  @Field(() => String, { description: 'Its name, as steps take it.' })
  name!: string;
  @Field(() => String, { description: 'The value. A secret is told here once, and kept nowhere.' })
  value!: string;
  @Field(() => Boolean, { description: 'Whether it is a credential: show it on demand, keep it in memory alone.' })
  secret!: boolean;
}

@ObjectType('ExplorerRun', { description: 'What came of a step.', simpleResolvers: true })
export class ExplorerRunObject {
  @Field(() => String, { description: 'The step’s name.' })
  step!: string;
  @Field(() => ExplorerOutcome, { description: 'Whether it answered.' })
  outcome!: Ran['outcome'];
  @Field(() => Boolean, { description: 'Whether that is what the step is meant to show.' })
  expected!: boolean;
  @Field(() => String, { nullable: true, description: 'What to know of the outcome; null where it says all.' })
  remark!: string | null;
  @Field(() => String, { description: 'What it answered, in JSON, without credentials; null in JSON where it was refused.' })
  result!: string;
  @Field(() => ExplorerTableObject, { nullable: true, description: 'The same as a table, where it is a list.' })
  table!: ExplorerTableObject | null;
  @Field(() => ExplorerErrorObject, { nullable: true, description: 'What it was refused with; null where it was not.' })
  error!: ExplorerErrorObject | null;
  @Field(() => [ExplorerCallObject], { description: 'Its requests, in order.' })
  calls!: ExplorerCallObject[];
  @Field(() => [ExplorerBindingObject], { description: 'What later steps use of it.' })
  bindings!: ExplorerBindingObject[];
  @Field(() => Int, { description: 'How long it took in all, in milliseconds.' })
  durationMs!: number;
}

@InputType('ExplorerValueInput', { description: 'A value for one of a step’s parameters.' })
export class ExplorerValueInput {
  @Field(() => String, { description: 'The parameter’s name.' })
  name!: string;
  @Field(() => String, { description: 'As it is typed: at most 2,000 characters.' })
  value!: string;
}

@InputType('RunExplorerStepInput', { description: 'Which step, against whom, with what.' })
export class RunExplorerStepInput {
  @Field(() => String, { description: 'The step’s name, such as payments.confirm.' })
  step!: string;
  @Field(() => ExplorerTarget, { description: 'Whom it is run against.' })
  target!: Target;
  @Field(() => String, {
    nullable: true,
    description: 'With STRIPE, a key of its test mode; with ADDRESS, what that server takes. It is kept nowhere; a live key is refused.',
  })
  secretKey?: string | null;
  @Field(() => String, { nullable: true, description: 'With ADDRESS, where the server is: http://localhost:12111 where absent.' })
  baseUrl?: string | null;
  @Field(() => [ExplorerValueInput], { nullable: true, description: 'What is not the parameters’ fallback, results of earlier steps included.' })
  values?: ExplorerValueInput[] | null;
}

@ObjectType('RunExplorerStepPayload', { description: 'What came of a step, or why it was not run.', simpleResolvers: true })
export class RunExplorerStepPayload {
  @Field(() => ExplorerRunObject, { nullable: true, description: 'Null where it was not run.' })
  run!: ExplorerRunObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was not run; empty where it was.' })
  userErrors!: UserErrorObject[];
}

function chapterNode(chapter: Chapter): ExplorerChapterObject {
  const { name, title, explanation, steps } = chapter;
  return { name, title, explanation, needs: needsOf(chapter), steps: steps.map(stepNode) };
}

function stepNode(step: Step): ExplorerStepObject {
  const { title, explanation, code, takes, binds, isRefused } = step;
  const parameters = Object.entries(takes).map(([name, { label, fallback, prefix, isSecret }]) => {
    const maker = fallback === null ? makerOf(name) : null;
    return { name, label, fallback: fallback?.() ?? null, prefix, secret: isSecret, madeBy: maker && fullNameOf(maker) };
  });
  return { name: fullNameOf(step), title, explanation, code, parameters, binds: binds.map(({ name }) => name), meantToBeRefused: isRefused };
}

function runNode({ step, outcome, isExpected, remark, result, table, error, calls, bound, ms }: Ran): ExplorerRunObject {
  const columns = step.columns ?? [];
  return {
    step: fullNameOf(step),
    outcome,
    expected: isExpected,
    remark,
    result: JSON.stringify(result),
    table: table && { columns, rows: table.map((row) => columns.map((column) => row[column] ?? '')) },
    error,
    calls: calls.map(({ request, answer: response, ms: durationMs, ...call }) => ({
      ...call,
      durationMs,
      request: JSON.stringify(request),
      response: JSON.stringify(response),
    })),
    bindings: bound.map(({ name, value, isSecret }) => ({ name, value, secret: isSecret })),
    durationMs: ms,
  };
}

@Resolver()
export class ExplorerResolver {
  @Query(() => [ExplorerChapterObject], { description: 'Chapters to learn Stripe’s API by, each step with the code it runs. For staff.' })
  explorerChapters(@Ctx() { viewer }: Context): ExplorerChapterObject[] {
    return listChapters(viewer).map(chapterNode);
  }

  @Query(() => [ExplorerTarget], { description: 'Whom steps may be run against from this server, what is meant first. For staff.' })
  explorerTargets(@Ctx() { work, viewer }: Context): Target[] {
    return listExplorerTargets(work, viewer);
  }

  @Mutation(() => RunExplorerStepPayload, {
    description:
      'Runs a step, for 20 seconds at most, and never with the platform’s key. Nothing of this server changes, but that steps about webhooks leave an event in its inbox. Administrators only. Refuses with: INVALID.',
  })
  runExplorerStep(
    @Arg('input', () => RunExplorerStepInput, { description: 'Which, against whom, with what.' })
    { step, target, secretKey, baseUrl, values }: RunExplorerStepInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ run: null as ExplorerRunObject | null }, async () => {
      const typed = Object.fromEntries((values ?? []).map(({ name, value }) => [name, value]));
      const key = secretKey ? new Secret(secretKey) : null;
      return { run: runNode(await runExplorerStep(work, viewer, { step, target, secretKey: key, baseUrl: baseUrl ?? null, values: typed })) };
    });
  }
}
