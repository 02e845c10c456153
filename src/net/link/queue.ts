/** Under load a reversal gives money back, a card leg has a customer waiting, an inquiry can be asked again. */
export type Priority = 'reversal' | 'card' | 'inquiry';

const ORDER: readonly Priority[] = ['reversal', 'card', 'inquiry'];

/** A first-in first-out queue per priority with one bound over all. Adding and taking cost O(1) amortised. */
export class PriorityQueue<Item> {
  readonly #lanes: Readonly<Record<Priority, { items: (Item | undefined)[]; head: number }>> = {
    reversal: { items: [], head: 0 },
    card: { items: [], head: 0 },
    inquiry: { items: [], head: 0 },
  };
  readonly #capacity: number;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false when the queue is full: nothing was added */
  add(priority: Priority, item: Item): boolean {
    if (this.#size >= this.#capacity) return false;
    this.#lanes[priority].items.push(item);
    this.#size++;
    return true;
  }

  take(): Item | undefined {
    for (const priority of ORDER) {
      const lane = this.#lanes[priority];
      if (lane.head >= lane.items.length) continue;
      const item = lane.items[lane.head];
      lane.items[lane.head++] = undefined;
      if (lane.head === lane.items.length || lane.head > 1_024) {
        lane.items.splice(0, lane.head);
        lane.head = 0;
      }
      this.#size--;
      return item;
    }
    return undefined;
  }

  /** Takes everything out, most urgent first. */
  drain(): Item[] {
    const items: Item[] = [];
    for (let item = this.take(); item !== undefined; item = this.take()) items.push(item);
    return items;
  }
}
