import { chanceOf } from '../../simulation/chance.ts';
import { Scheduler } from '../../simulation/scheduler.ts';
import { FAIR, FOUL, Network } from '../../simulation/sockets.ts';

const alive = (name: string) => ({ name, alive: true });

test('events come by their time, those of one instant in the order in which they were put there', async () => {
  const scheduler = new Scheduler(1_000);
  const told: string[] = [];
  for (const [ms, name] of [
    [5, 'c'],
    [1, 'a'],
    [5, 'd'],
    [1, 'b'],
  ] as const)
    scheduler.after(alive('x'), ms, name, () => told.push(`${name} ${scheduler.now}`));
  await scheduler.pass(10);
  expect(told).toEqual(['a 1001', 'b 1001', 'c 1005', 'd 1005']);
  expect(scheduler.now).toBe(1_010);
});

test('what a process waits for dies with it', async () => {
  const scheduler = new Scheduler(0);
  const process = { name: 'x', alive: true };
  const clock = scheduler.clock(process);
  const told: string[] = [];
  const work = (async () => {
    told.push('begins');
    await clock.sleep(10);
    told.push('goes on');
  })();
  await scheduler.pass(5);
  process.alive = false;
  await scheduler.pass(50);
  expect(told).toEqual(['begins']);
  await expect(scheduler.until(work, 'the work', 10)).rejects.toThrow('does not end');
});

test('a loop leaves out the beats of a night in which nothing happened', async () => {
  const scheduler = new Scheduler(0);
  let runs = 0;
  scheduler.clock(alive('x')).every(
    1_000,
    () => {
      runs++;
    },
    { onError: () => undefined },
  );
  await scheduler.pass(3_500);
  scheduler.jump(86_400_000);
  await scheduler.pass(1_500);
  expect(runs).toBe(6); // three, the one that was due meanwhile, and two
});

test('numbers of one seed repeat, and streams do not move each other', () => {
  const draw = (seed: string) => Array.from({ length: 5 }, chanceOf(seed).fraction);
  expect(draw('1')).toEqual(draw('1'));
  expect(draw('1')).not.toEqual(draw('2'));
  const chance = chanceOf('1');
  const before = chance.stream('a').fraction();
  chance.fraction();
  expect(chance.stream('a').fraction()).toBe(before);
});

test.each([[FAIR], [{ ...FOUL, cuts: 0 }]])(
  'bytes arrive in their order, whole, and then the end (%#)',
  async (weather) => {
    const scheduler = new Scheduler(0);
    const network = new Network(scheduler, chanceOf('bytes'));
    network.weather = weather;
    const heard: Buffer[] = [];
    let ended = false;
    network.listen(alive('there'), 'place', (socket) => {
      socket.on('data', (chunk: Buffer) => heard.push(chunk)).on('end', () => (ended = true));
    });
    const socket = await scheduler.until(network.dial(alive('here'), 'place'), 'dialling');
    for (let i = 0; i < 50; i++) socket.write(Buffer.from(`${i},`));
    socket.end();
    await scheduler.pass(600_000);
    expect(Buffer.concat(heard).toString()).toBe(Array.from({ length: 50 }, (_, i) => `${i},`).join(''));
    expect(ended).toBe(true);
  },
);

test('a process that dies hears no more, and the other end hears of its end', async () => {
  const scheduler = new Scheduler(0);
  const network = new Network(scheduler, chanceOf('end'));
  const here = { name: 'here', alive: true };
  const told: string[] = [];
  network.listen(alive('there'), 'place', (socket) => {
    socket.on('close', () => told.push('there'));
  });
  const socket = await scheduler.until(network.dial(here, 'place'), 'dialling');
  socket.on('close', () => told.push('here'));
  await scheduler.pass(10);
  here.alive = false;
  network.died(here);
  await scheduler.pass(1_000);
  expect(told).toEqual(['there']);
});
