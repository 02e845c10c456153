import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { ChartOption, openChart } from './chart-engine.ts';

/** One line or one set of bars over time. */
export interface Series {
  readonly name: string;
  /** ms since the epoch, and the figure; null: none. */
  readonly points: readonly (readonly [number, number | null])[];
  readonly kind?: 'line' | 'bar';
  readonly tone?: 'accent' | 'good' | 'wait' | 'bad' | 'soft';
}

interface ChartProps {
  /** What it shows, for who does not see it; the figures stand beside it as text. */
  readonly label: string;
  readonly series: readonly Series[];
  readonly height?: number;
  /** How a figure and a moment are written. */
  readonly figure: (value: number) => string;
  readonly moment: (ms: number) => string;
}

/** Figures over time, from left to right in both languages, as charts are. Nothing moves by itself. */
export function Chart({ label, series, height = 220, figure, moment }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const draw = useRef<(wanted: Wanted) => void>(undefined);
  const wanted = useRef<Wanted>(undefined);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let close = (): void => undefined;
    let gone = false;
    void import('./chart-engine.ts').then(({ openChart }) => {
      if (gone) return;
      const chart = openChart(element);
      draw.current = drawerOf(chart);
      if (wanted.current !== undefined) draw.current(wanted.current);
      const watch = new ResizeObserver(() => {
        chart.resize();
      });
      watch.observe(element);
      close = () => {
        watch.disconnect();
        chart.dispose();
        draw.current = undefined;
      };
    });
    return () => {
      gone = true;
      close();
    };
  }, []);
  useEffect(() => {
    wanted.current = { series, figure, moment, scheme };
    // the page has its frame first, then its chart: neither waits for the other
    const later = setTimeout(() => {
      if (wanted.current !== undefined) draw.current?.(wanted.current);
    }, NEXT_FRAME_MS);
    return () => {
      clearTimeout(later);
    };
  }, [series, figure, moment, scheme]);
  return <div ref={place} role="img" aria-label={label} dir="ltr" style={{ blockSize: height }} />;
}

const NEXT_FRAME_MS = 20;

interface Wanted extends Pick<ChartProps, 'series' | 'figure' | 'moment'> {
  readonly scheme: string;
}

/** The whole chart the first time, and when it becomes another one; else its figures alone. */
function drawerOf(chart: ReturnType<typeof openChart>): (wanted: Wanted) => void {
  let drawn: Wanted | undefined;
  return (wanted) => {
    const { series, figure, moment, scheme } = wanted;
    const isSame = drawn?.figure === figure && drawn.moment === moment && drawn.scheme === scheme && shapeOf(drawn.series) === shapeOf(series); // prettier-ignore
    drawn = wanted;
    if (isSame)
      chart.setOption({ series: series.map(({ points }) => ({ data: points })) }, { lazyUpdate: true, silent: true }); // prettier-ignore
    else chart.setOption(optionOf(series, figure, moment), { replaceMerge: ['series'], lazyUpdate: true });
  };
}

function shapeOf(series: readonly Series[]): string {
  return series.map(({ name, kind, tone, points }) => `${name} ${kind ?? ''} ${tone ?? ''} ${points.length < 3}`).join('\n'); // prettier-ignore
}

function optionOf(series: readonly Series[], figure: ChartProps['figure'], moment: ChartProps['moment']): ChartOption {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const text = { color: colour('soft'), fontFamily: 'Vazirmatn, system-ui, sans-serif' };
  return {
    animation: false,
    textStyle: text,
    grid: { left: 8, right: 12, top: series.length > 1 ? 32 : 12, bottom: 8, containLabel: true },
    ...(series.length > 1 ? { legend: { top: 0, textStyle: text, icon: 'roundRect' } } : { legend: { show: false } }),
    // as text of the canvas: the policy of the page lets no styles in with HTML
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colour('sheet'),
      borderColor: colour('line'),
      textStyle: { ...text, color: colour('ink') },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? figure(value) : '—'),
    },
    xAxis: {
      type: 'time',
      axisLine: { lineStyle: { color: colour('line') } },
      axisLabel: { ...text, hideOverlap: true, formatter: moment },
      axisPointer: { label: { formatter: ({ value }: { value: number }) => moment(value) } },
    },
    yAxis: {
      type: 'value',
      splitLine: { lineStyle: { color: colour('line') } },
      axisLabel: { ...text, formatter: figure },
    },
    series: series.map(({ name, points, kind = 'line', tone = 'accent' }) => ({
      name,
      type: kind,
      data: points,
      itemStyle: { color: colour(tone) },
      ...(kind === 'bar'
        ? { barMaxWidth: 18 }
        : { showSymbol: points.length < 3, lineStyle: { width: 1.5 }, sampling: 'max' }),
    })),
  };
}
