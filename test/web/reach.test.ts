import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHttp } from '../../src/console/http.ts';
import { systemClock } from '../../src/ops/clock.ts';

/** Every change that the API makes is on a page. A new one gets its act on the page where people would look for it, and a row here. */

/** Page, below web/src/pages, and the text of it that makes the change. */
type Reached = readonly [page: string, call: string];

const SHOP = 'shops/acts.tsx';
const CASE = 'cases/case.tsx';
const OWNER = 'cases/confirmation.tsx';
const ENTER = 'cases/enter.tsx';
const COMPLAINT = 'complaints/complaint.tsx';
const NOTICE = 'notices/notice.tsx';
const SIGNAL = 'signals/signal.tsx';
const SIGNAL_RULES = 'signal-rules/acts.tsx';
const TERMINAL = 'terminals/terminal.tsx';
const DEVICE = 'devices/device.tsx';
const CERTIFICATIONS = 'certifications/list.tsx';
const RELEASES = 'updates/releases.tsx';
const ROLLOUT = 'updates/rollout.tsx';
const MINIMUMS = 'updates/minimums.tsx';
const DAY = 'settlement/day.tsx';
const BREAK = 'settlement/break.tsx';
const DOUBT = 'settlement/doubt.tsx';

const REACHED: Readonly<Record<string, Reached>> = {
  'POST /session': ['sign-in/sign-in.tsx', 'givePassword('],
  'POST /session/second-factor': ['sign-in/sign-in.tsx', 'giveCode('],
  'DELETE /session': ['../app/session.tsx', "change('/session', { method: 'DELETE'"],
  'POST /session/proof': ['../app/proof.tsx', 'prove('],
  'POST /session/demo': ['sign-in/demo.tsx', 'enterDemo('],
  'POST /session/demo/proof': ['../app/proof.tsx', 'proveInDemo('],
  'POST /setup': ['sign-in/setup.tsx', 'beginSetup('],
  'POST /setup/confirm': ['sign-in/setup.tsx', 'endSetup('],
  'POST /people': ['people/list.tsx', 'addPerson('],
  'PATCH /people/{id}': ['people/list.tsx', 'changePerson('],
  'POST /people/{id}/reset': ['people/list.tsx', 'resetPerson('],
  'POST /tokens': ['tokens/list.tsx', 'makeToken('],
  'DELETE /tokens/{id}': ['tokens/list.tsx', 'removeToken('],
  'PUT /me/views/{page}/{name}': ['../components/saved-views.tsx', 'keepView('],
  'DELETE /me/views/{page}/{name}': ['../components/saved-views.tsx', 'removeView('],
  'POST /cases': ['cases/begin.tsx', 'beginCase('],
  'PUT /cases/{id}/items/{code}': [ENTER, 'fillItem('],
  'POST /cases/{id}/submit': [ENTER, "act('submit'"],
  'POST /cases/{id}/withdraw': [ENTER, "act('withdraw'"],
  'POST /cases/{id}/reopen': [ENTER, "act('reopen'"],
  'POST /cases/{id}/items/{code}/judgement': ['cases/item.tsx', 'judgeItem('],
  'POST /cases/{id}/items/{code}/check': ['cases/item.tsx', 'checkItem('],
  'POST /cases/{id}/reviews': [CASE, 'reviewCase('],
  'POST /cases/{id}/claim': [CASE, 'claimCase('],
  'POST /cases/{id}/claim/release': [CASE, 'releaseCase('],
  'POST /cases/{id}/comments': [CASE, 'sayOnCase('],
  'POST /cases/{id}/papers': ['cases/papers.tsx', 'addCasePaper('],
  'DELETE /cases/{id}/papers/{paper}': ['cases/papers.tsx', 'removeCasePaper('],
  'POST /cases/{id}/confirmation': [OWNER, 'askOwner('],
  'POST /cases/{id}/confirmation/code': [OWNER, 'confirmOwner('],
  'POST /cases/{id}/account-closed': [OWNER, 'closedAccount('],
  'POST /notices/{id}/papers': ['notices/papers.tsx', 'addNoticePaper('],
  'DELETE /notices/{id}/papers/{paper}': ['notices/papers.tsx', 'removeNoticePaper('],
  'POST /notices/{id}/response': [NOTICE, "said('response')"],
  'POST /notices/{id}/appeal': [NOTICE, "said('appeal')"],
  'POST /notices/{id}/decision': [NOTICE, "'decision'"],
  'POST /notices/{id}/final': [NOTICE, "'final'"],
  'POST /shops/{merchant}/decisions': [SHOP, "'/decisions'"],
  'POST /shops/{merchant}/decisions/{id}/confirmation': [SHOP, '/confirmation`'],
  'POST /shops/{merchant}/violations': [SHOP, "'/violations'"],
  'POST /shops/{merchant}/notices': [SHOP, "'/notices'"],
  'POST /shops/{merchant}/disputes': [SHOP, "'/disputes'"],
  'POST /shops/{merchant}/disputes/{id}/release': [SHOP, '/release`'],
  'POST /shops/{merchant}/changes': [SHOP, "'/changes'"],
  'POST /shops/{merchant}/reverify': [SHOP, "'/reverify'"],
  'POST /shops/{merchant}/shebas/stop': [SHOP, "'/shebas/stop'"],
  'POST /shops/{merchant}/unblock': ['settlement/carries.tsx', 'unblockShop('],
  'POST /shops/{merchant}/unblock/decision': ['settlement/carries.tsx', 'decideUnblock('],
  'POST /complaints': ['complaints/list.tsx', 'fileComplaint('],
  'POST /complaints/{id}/ask': [COMPLAINT, "said('ask'"],
  'POST /complaints/{id}/answer': [COMPLAINT, "said('answer'"],
  'POST /complaints/{id}/contest': [COMPLAINT, "said('contest'"],
  'POST /complaints/{id}/refusal': [COMPLAINT, "'refusal'"],
  'POST /complaints/{id}/proposal': [COMPLAINT, "'proposal'"],
  'POST /complaints/{id}/decision': [COMPLAINT, "'decision'"],
  'POST /signals/{id}/look': [SIGNAL, "'look'"],
  'POST /signals/{id}/dismissal': [SIGNAL, "'dismissal'"],
  'POST /signals/{id}/violation': [SIGNAL, "'violation'"],
  'POST /signal-rules/{rule}/versions': [SIGNAL_RULES, 'proposeVersion('],
  'POST /signal-rules/{rule}/versions/{version}/trials': [SIGNAL_RULES, 'tryVersion('],
  'POST /signal-rules/{rule}/versions/{version}/signatures': [SIGNAL_RULES, 'signVersion('],
  'POST /devices/{id}/assign': [DEVICE, 'assignDevice('],
  'POST /devices/{id}/ship': [DEVICE, "move('ship'"],
  'POST /devices/{id}/deliver': [DEVICE, "move('deliver'"],
  'POST /devices/{id}/cancel': [DEVICE, 'cancelDevice('],
  'POST /terminals': ['terminals/list.tsx', 'registerTerminal('],
  'PATCH /terminals/{terminal}': [TERMINAL, 'changeTerminal('],
  'POST /terminals/{terminal}/move': [TERMINAL, 'moveTerminal('],
  'POST /terminals/{terminal}/block': [TERMINAL, "'block'"],
  'POST /terminals/{terminal}/unblock': [TERMINAL, "'unblock'"],
  'POST /terminals/{terminal}/lost': [TERMINAL, "'lost'"],
  'POST /terminals/{terminal}/retire': [TERMINAL, "'retire'"],
  'POST /terminals/{terminal}/certificate': [TERMINAL, 'certifyTerminal('],
  'POST /terminals/{terminal}/pkcs12': [TERMINAL, 'makePkcs12('],
  'POST /terminals/{terminal}/revoke': [TERMINAL, 'revokeTerminal('],
  'POST /certificates': ['updates/certificates.tsx', 'importCertificates('],
  'POST /certificates/{sha256}/revoke': ['updates/certificates.tsx', 'revokeCertificate('],
  'POST /certifications': [CERTIFICATIONS, 'proposeVerdict('],
  'POST /certifications/reports': [CERTIFICATIONS, 'registerReport('],
  'POST /certifications/{id}/confirm': [CERTIFICATIONS, 'confirmVerdict('],
  'POST /certifications/{id}/revoke': [CERTIFICATIONS, 'revokeVerdict('],
  'POST /updates/releases/{id}/approval': [RELEASES, "'approval'"],
  'POST /updates/releases/{id}/withdrawal': [RELEASES, "'withdrawal'"],
  'POST /updates/rollouts': [RELEASES, 'proposeRollout('],
  'POST /updates/rollouts/{id}/release': [ROLLOUT, "act('release'"],
  'POST /updates/rollouts/{id}/halt': [ROLLOUT, "act('halt'"],
  'POST /updates/rollouts/{id}/again': [ROLLOUT, "act('again'"],
  'POST /updates/rollouts/{id}/end': [ROLLOUT, "act('end'"],
  'POST /updates/freezes': ['updates/freezes.tsx', 'makeFreeze('],
  'POST /updates/freezes/{id}/end': ['updates/freezes.tsx', 'endFreeze('],
  'POST /updates/minimums': [RELEASES, 'proposeMinimum('],
  'POST /updates/minimums/{id}/approval': [MINIMUMS, "'approval'"],
  'POST /updates/minimums/{id}/end': [MINIMUMS, "'end'"],
  'POST /updates/exemptions': ['updates/exemptions.tsx', 'exempt('],
  'POST /updates/exemptions/{id}/end': ['updates/exemptions.tsx', 'endExemption('],
  'POST /settlement-rules/preview': ['rules/propose.tsx', 'previewRules('],
  'POST /settlement-rules/proposals': ['rules/propose.tsx', 'proposeRules('],
  'POST /settlement-rules/proposals/{id}/approval': ['rules/page.tsx', "'approval'"],
  'POST /settlement-rules/proposals/{id}/rejection': ['rules/page.tsx', "'rejection'"],
  'POST /household-moves': ['households/moves.tsx', 'proposeMove('],
  'POST /household-moves/{id}/approval': ['households/moves.tsx', "'approval'"],
  'POST /household-moves/{id}/rejection': ['households/moves.tsx', "'rejection'"],
  'POST /authority-bindings': ['authorities/page.tsx', 'proposeBinding('],
  'POST /authority-bindings/{id}/approval': ['authorities/binding-acts.tsx', "'approval'"],
  'POST /authority-bindings/{id}/rejection': ['authorities/binding-acts.tsx', "'rejection'"],
  'POST /authority-bindings/{id}/end': ['authorities/binding-acts.tsx', "'end'"],
  'POST /stand-in-rules': ['authorities/rules.tsx', 'proposeStandIn('],
  'POST /stand-in-rules/{id}/approval': ['authorities/rules.tsx', "'approval'"],
  'POST /stand-in-rules/{id}/rejection': ['authorities/rules.tsx', "'rejection'"],
  'POST /programmes/what-if': ['by-day/try-purchase.tsx', 'whatIf('],
  'POST /captures': ['captures/list.tsx', 'startCapture('],
  'POST /captures/stop': ['captures/list.tsx', 'stopCapture('],
  'POST /captures/{file}/replay': ['captures/capture.tsx', 'replayCapture('],
  'POST /search': ['search/page.tsx', 'searchFor('],
  'POST /business-days/{date}/make': [DAY, 'makeDay('],
  'POST /business-days/{date}/release': [DAY, 'releaseDay('],
  'POST /business-days/{date}/acceptance': [DAY, 'acceptDay('],
  'POST /business-days/{date}/acceptance/decision': [DAY, 'decideAcceptance('],
  'POST /payment-files/{id}/delivery': ['settlement/file.tsx', 'sayDelivered('],
  'POST /payment-orders/{id}/hold': ['settlement/file.tsx', 'holdOrder('],
  'POST /bank-answers/leftovers/{id}/close': ['settlement/leftover.tsx', 'closeLeftover('],
  'POST /breaks/{id}/assign': [BREAK, 'assignBreak('],
  'POST /breaks/{id}/comment': [BREAK, 'commentBreak('],
  'POST /breaks/{id}/proposal': [BREAK, 'proposeBreak('],
  'POST /breaks/{id}/decision': [BREAK, 'decideBreak('],
  'POST /doubts/{id}/retry': [DOUBT, 'retryDoubt('],
  'POST /doubts/{id}/owner': [DOUBT, 'ownDoubt('],
  'POST /doubts/{id}/resolution': [DOUBT, 'resolveDoubt('],
};

/** On no page, and why. */
const ON_NONE: Readonly<Record<string, string>> = {};

async function changes(): Promise<string[]> {
  const http = createHttp({
    registry: new Registry(),
    clock: systemClock,
    notReady: () => Promise.resolve([]),
    api: {
      people: () => {
        throw new Error('nobody is asked');
      },
      log: pino({ level: 'silent' }),
    },
  });
  const { paths } = (await http.inject('/api/v1/openapi.json')).json<{ paths: Record<string, object> }>();
  await http.close();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'get')
      .map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
  );
}

describe('every change of the API', () => {
  test('is on a page, or has its reason why not', async () => {
    expect([...Object.keys(REACHED), ...Object.keys(ON_NONE)].toSorted()).toEqual((await changes()).toSorted());
  });

  test.each(Object.entries(REACHED))('%s is made by %s', (_, [page, call]) => {
    const text = readFileSync(new URL(`../../web/src/pages/${page}`, import.meta.url), 'utf8');
    expect(text.includes(call) ? call : `${page} has no ${call}`).toBe(call);
  });
});
