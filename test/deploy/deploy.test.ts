import { describe, expect, it, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { registeredMetrics } from '../support/registered-metrics.ts';

/** What operators deploy, held to what the code has; tried by the programs that read it, where this machine has them. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: { readonly summary: string; readonly runbook: string };
}
const rules = (parse(read('deploy/prometheus/kalabarg.rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const alerts = rules.filter(({ alert }) => alert !== undefined);

const labelsOf = new Map(
  registeredMetrics().map((line) => {
    const [name = '', labels = ''] = line.split(' ');
    return [name, labels.split(',')];
  }),
);

/** What an expression uses of our metrics, and by which labels it chooses. */
function usesOf(expr: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b(kalabarg_[a-z_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', chosen = '']) => ({
    name: labelsOf.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
    labels: [...chosen.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }));
}

/** Beside those of the metric itself. */
const ALWAYS = ['job', 'instance', 'le'];

function strangeIn(expr: string): string[] {
  return usesOf(expr).flatMap(({ name, labels }) => {
    const known = labelsOf.get(name);
    if (known === undefined) return [`${name} is no metric`];
    return labels
      .filter((label) => !known.includes(label) && !ALWAYS.includes(label))
      .map((label) => `${name} has no ${label}`);
  });
}

describe('alerts', () => {
  it.each(rules.map((rule) => [rule.alert ?? rule.record ?? '', rule.expr]))(
    '%s uses metrics that there are',
    (_, expr) => {
      expect(strangeIn(expr)).toEqual([]);
    },
  );

  test('a metric, or a label, that is not there is found', () => {
    expect(strangeIn('kalabarg_bank_breaker{endpoint="a"} > 0')).toEqual([]);
    expect(strangeIn('kalabarg_bank_braker > 0')).toEqual(['kalabarg_bank_braker is no metric']);
    expect(strangeIn('kalabarg_bank_breaker{end="a"}')).toEqual(['kalabarg_bank_breaker has no end']);
  });

  test('each has its entry in the runbook, with what it means and what to do, and the runbook has no other', () => {
    const page = read('docs/runbook.md');
    const entries = [...page.matchAll(/^## (\w+)\n\n(\S.*)\n\n1\. \S/gm)].map(([, name]) => name);
    expect(entries).toEqual(alerts.map(({ alert }) => alert));
    const listed = [...page.matchAll(/^\| \[(\w+)\]\(#(\w+)\) \| (\w+) \|$/gm)].map(([, name, at, severity]) => [
      name,
      at,
      severity,
    ]);
    expect(listed).toEqual(alerts.map(({ alert = '', labels }) => [alert, alert.toLowerCase(), labels?.severity]));
    for (const { alert = '', annotations } of alerts)
      expect(annotations?.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
  });
});

describe('dashboards', () => {
  const boards = readdirSync(join(root, 'deploy/grafana/dashboards'));
  it.each(boards)('%s shows metrics that there are, and fits its grid', (name) => {
    interface Panel {
      readonly id: number;
      readonly title: string;
      readonly gridPos: { readonly x: number; readonly w: number };
      readonly targets: { readonly expr: string }[];
    }
    const { panels, uid } = JSON.parse(read(`deploy/grafana/dashboards/${name}`)) as { panels: Panel[]; uid: string };
    expect(`${uid}.json`).toBe(name);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, gridPos, targets } of panels) {
      expect([title, gridPos.x + gridPos.w <= 24, targets.length > 0]).toEqual([title, true, true]);
      expect([title, targets.flatMap(({ expr }) => strangeIn(expr))]).toEqual([title, []]);
    }
  });
});

const has = (program: string): boolean =>
  (process.env['PATH'] ?? '')
    .split(':')
    .concat('/usr/sbin')
    .some((folder) => existsSync(join(folder, program)));
/** @returns what the program said; fails where it does */
const run = (program: string, args: string[]): string =>
  execFileSync(program, args, {
    cwd: join(root, 'deploy'),
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

(has('promtool') ? describe : describe.skip)('promtool', () => {
  test('the alerts come when they should, and do not when they should not', () => {
    expect(run('promtool', ['check', 'config', 'prometheus/prometheus.yaml'])).toContain('SUCCESS');
    expect(run('promtool', ['test', 'rules', 'prometheus/kalabarg.rules.test.yaml'])).toContain('SUCCESS');
  });
});

(has('haproxy') ? test : test.skip)('HAProxy takes its configuration', () => {
  expect(run('haproxy', ['-c', '-f', 'haproxy/haproxy.cfg'])).toContain('valid');
  const local = read('deploy/patroni/haproxy.cfg').replaceAll(/(server db-\d) db-\d:/g, '$1 127.0.0.1:'); // names of the operator's network
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-haproxy-'));
  writeFileSync(join(folder, 'database.cfg'), local);
  expect(run('haproxy', ['-c', '-f', join(folder, 'database.cfg')])).toContain('valid');
  rmSync(folder, { recursive: true });
});

test('Patroni asks etcd by the protocol in which an old primary cannot take the lock back (docs/reliability.md)', () => {
  const config = parse(read('deploy/patroni/patroni.yml')) as Record<string, unknown>;
  expect([config['etcd'], config['etcd3']]).toEqual([{ hosts: 'db-1:2379,db-2:2379,db-3:2379' }, undefined]);
  expect(read('deploy/patroni/etcd.env')).toMatch(/^ETCD_ENABLE_V2=true$/m);
});

test('Patroni answers no purchase before two machines have it, and counts as the gateway does', () => {
  interface Patroni {
    bootstrap: {
      dcs: Record<string, unknown> & {
        ttl: number;
        loop_wait: number;
        retry_timeout: number;
        postgresql: { parameters: Record<string, unknown> };
      };
    };
  }
  const { dcs } = (parse(read('deploy/patroni/patroni.yml')) as Patroni).bootstrap;
  expect(dcs).toMatchObject({
    synchronous_mode: true,
    synchronous_mode_strict: true,
    failsafe_mode: true,
    primary_start_timeout: 0,
  });
  expect(dcs.loop_wait + 2 * dcs.retry_timeout).toBeLessThanOrEqual(dcs.ttl); // else it gives up a primary that only hiccups
  expect(dcs.postgresql.parameters['max_locks_per_transaction']).toBeGreaterThanOrEqual(256);
});

(has('systemd-analyze') ? test : test.skip)('the unit of systemd is hardened', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-units-'));
  try {
    writeFileSync(join(folder, 'kalabarg@1.service'), read('deploy/systemd/kalabarg@.service'));
    const said = run('systemd-analyze', [
      'security',
      '--offline=true',
      '--no-pager',
      join(folder, 'kalabarg@1.service'),
    ]);
    const [, level = '10'] = /Overall exposure level for \S+: ([\d.]+)/.exec(said) ?? [];
    expect(Number(level)).toBeLessThanOrEqual(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// helm is in no distribution: `go install helm.sh/helm/v3/cmd/helm@v3.18.4` brings it
(has('helm') ? describe : describe.skip)('the chart', () => {
  interface Manifest {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: { readonly template: { readonly spec: { readonly containers: Record<string, unknown>[] } } };
  }
  const SET = {
    'image.repository': 'registry/kalabarg-gateway',
    'image.tag': '1.2.3',
    'database.secret': 'database',
    'database.ownerSecret': 'owner',
    'bank.hosts': 'tls://switch-1:8600,tls://switch-2:8600',
    tlsSecret: 'tls',
    keysSecret: 'keys',
  };
  const set = (values: Record<string, string>): string[] =>
    Object.entries(values).flatMap(([name, value]) => ['--set-string', `${name}=${value.replaceAll(',', '\\,')}`]);
  const rendered = (more: string[] = []): Manifest[] =>
    run('helm', ['template', 'shop', 'helm', ...set(SET), ...more])
      .split(/^---$/m)
      .map((text) => parse(text) as Manifest | null)
      .filter((manifest) => manifest !== null);

  test('is in order', () => {
    expect(run('helm', ['lint', '--strict', 'helm', ...set(SET)])).toContain('0 chart(s) failed');
  });

  test.each(Object.keys(SET))('is not rendered without %s, and says so', (name) => {
    const others = Object.fromEntries(Object.entries(SET).filter(([each]) => each !== name));
    expect(() => run('helm', ['template', 'shop', 'helm', ...set(others)])).toThrow(`${name}:`);
  });

  test.each([
    ['one kind of process', [], ['shop-gateway']],
    [
      'the public door apart',
      ['--set', 'public.enabled=true,public.databaseSecret=door,public.keysSecret=door-keys'],
      ['shop-gateway', 'shop-public'],
    ],
  ])('%s: every container is probed, unprivileged and on a read-only root', (_, more, names) => {
    const manifests = rendered(more);
    const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual(names);
    for (const { spec } of deployments)
      for (const container of spec.template.spec.containers)
        expect(container).toMatchObject({
          livenessProbe: { httpGet: { path: '/healthz' } },
          readinessProbe: { httpGet: { path: '/readyz' } },
          securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        });
    const kinds = manifests.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'PodDisruptionBudget')).toHaveLength(names.length);
    expect(kinds.filter((kind) => kind === 'NetworkPolicy')).toHaveLength(2);
    // the owner of the tables is in the job that brings them to a version, and nowhere else
    expect(
      manifests.filter((manifest) => JSON.stringify(manifest).includes('"owner"')).map(({ kind }) => kind),
    ).toEqual(['Job']);
  });
});

describe('compose.yaml', () => {
  interface Compose {
    readonly services: Record<
      string,
      {
        readonly read_only?: boolean;
        readonly cap_drop?: string[];
        readonly depends_on?: object;
        readonly volumes?: string[];
      }
    >;
    readonly volumes: Record<string, object>;
  }
  const compose = parse(read('deploy/compose.yaml'), { merge: true }) as Compose;

  test('has two copies of the gateway that can write to their data folder alone', () => {
    for (const name of ['gateway-1', 'gateway-2'])
      expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'], volumes: ['gateway:/data'] });
  });

  test('names no secret, and refuses to start without one', () => {
    const example = read('deploy/compose.env.example');
    const demanded = [...read('deploy/compose.yaml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    expect([...new Set(demanded)].sort()).toEqual([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name).sort());
  });

  test('mounts files that there are', () => {
    for (const { volumes = [] } of Object.values(compose.services))
      for (const [from = ''] of volumes.map((each) => each.split(':'))) {
        const there = from.startsWith('.') ? existsSync(join(root, 'deploy', from)) : from in compose.volumes;
        expect([from, there]).toEqual([from, true]);
      }
  });
});
