/** What may come of pressing a button besides a change and its row in the audit: by the name of its act, with the reason. */

/** Refusals that are right in the world of the test, by their code. */
export const FORESEEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'POST /cases/{id}/papers': { 'api.busy': 'the world keeps no papers' },
  'POST /notices/{id}/papers': { 'api.busy': 'the same' },
  'POST /cases/{id}/confirmation': { 'api.busy': 'the world sends no codes' },
  'POST /cases/{id}/confirmation/code': { 'api.busy': 'the same' },
  'POST /breaks/{id}/decision': { 'break.same-person': 'who proposed it' },
  'POST /household-moves/{id}/approval': { 'move.same-person': 'who proposed it' },
  'POST /settlement-rules/proposals/{id}/approval': { 'rules.same-person': 'who proposed it' },
  'POST /certifications/{id}/confirm': { 'certification.second': 'who proposed it' },
  'POST /signal-rules/{rule}/versions/{version}/trials': {
    'signals.days': 'of the days that are over, the world has none that is closed',
  },
  'POST /updates/minimums/{id}/approval': { 'updates.same-person': 'who proposed it' },
  'POST /updates/rollouts/{id}/release': { 'updates.same-person': 'who proposed it' },
};

/** Asked with a body, and changing nothing that is anybody else's. */
export const UNAUDITED: Readonly<Record<string, string>> = {
  'POST /search': 'reads; what is searched for stands in no address',
  'POST /programmes/what-if': 'reads',
  'POST /settlement-rules/preview': 'reads',
  'PUT /me/views/{page}/{name}': 'one’s own view of a list',
  'DELETE /me/views/{page}/{name}': 'the same',
};
