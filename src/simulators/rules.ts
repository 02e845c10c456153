import type { FastifyInstance } from 'fastify';
import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';
import { GatewayError } from '../ops/errors.ts';

/** What goes wrong on purpose at simulators over HTTP: rules in order, of which the first that fits is taken. */

interface Spent {
  /** How often it fits before it is spent; absent: always. */
  readonly times?: number;
}

const MOST_RULES = 1_000;

/** @throws what `refuse` makes of what is wrong */
export function checkedList<Schema extends TObject>(
  schema: Schema,
  value: unknown,
  refuse: (message: string) => GatewayError,
): Static<Schema>[] {
  if (!Array.isArray(value) || value.length > MOST_RULES) throw refuse(`Give a list of at most ${MOST_RULES} rules.`);
  return value.map((rule: unknown, index) => {
    const [fault] = Value.Check(schema, rule) ? [] : Value.Errors(schema, rule);
    if (fault !== undefined) throw refuse(`Rule ${index + 1}: ${fault.instancePath || 'it'} ${fault.message}.`);
    return rule as Static<Schema>;
  });
}

/** They can be changed while the simulator runs. */
export class RuleList<Rule extends Spent> {
  #rules: { rule: Rule; left: number }[] = [];

  get rules(): readonly Rule[] {
    return this.#rules.map(({ rule, left }) => (rule.times === undefined ? rule : { ...rule, times: left }));
  }

  replace(rules: readonly Rule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Infinity }));
  }

  take(fits: (rule: Rule) => boolean): Rule | undefined {
    const found = this.#rules.find(({ rule, left }) => left > 0 && fits(rule));
    if (found !== undefined) found.left--;
    return found?.rule;
  }
}

/** The part of a simulator's control panel that every one has: GET, PUT (a list) and DELETE /rules · GET /journal. Errors of ours are 400. */
export function serveRules<Rule extends Spent>(
  server: FastifyInstance,
  name: string,
  {
    rules,
    checked,
    journal,
  }: {
    readonly rules: RuleList<Rule>;
    readonly checked: (value: unknown) => Rule[];
    readonly journal: readonly object[];
  },
): void {
  server.setErrorHandler((error: unknown, _request, reply) => {
    const ours = error instanceof GatewayError;
    const status = ours ? 400 : ((error as { statusCode?: number }).statusCode ?? 500);
    void reply.code(status).send({ code: ours ? error.code : `${name}.http`, message: (error as Error).message });
  });
  server.get('/rules', () => rules.rules);
  server.put('/rules', (request) => {
    rules.replace(checked(request.body));
    return rules.rules;
  });
  server.delete('/rules', () => {
    rules.replace([]);
    return [];
  });
  server.get('/journal', () => journal);
}
