"use strict";
// Draws the charts of a report; without this script the tables say the same.
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const text = () => getComputedStyle(document.body).color;
  const HEIGHT = 220;

  const axis = (extra) => ({ stroke: text(), grid: { stroke: "rgba(128, 128, 128, 0.25)" }, ticks: { stroke: "rgba(128, 128, 128, 0.4)" }, ...extra });

  function options(chart, width) {
    const line = colour("--band-fair");
    const paths = chart.kind === "bars" ? uPlot.paths.bars({ size: [0.6, 60] }) : chart.kind === "steps" ? uPlot.paths.stepped({ align: 1 }) : undefined;
    const label = (index) => chart.labels[index] ?? "";
    const widest = 12 + 8 * Math.max(6, ...chart.labels.map((each) => each.length));
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, range: (_plot, low, high) => (chart.kind === "steps" ? [low, high + 1] : [low - 0.5, high + 0.5]) } },
      axes: [
        chart.kind === "steps"
          ? axis({ space: 60 })
          : axis({ values: (_plot, splits) => splits.map((at) => (Number.isInteger(at) ? label(at) : "")), incrs: [1, 2, 3, 4, 6, 8, 12, 24], space: widest }),
        axis({ size: 56, values: (_plot, splits) => splits.map((value) => `${+value.toFixed(2)}${chart.unit === "%" ? " %" : ""}`) }),
      ],
      series: [
        {},
        { stroke: "transparent", paths: chart.kind === "steps" ? paths : undefined, points: { show: false } },
        { stroke: "transparent", paths: chart.kind === "steps" ? paths : undefined, points: { show: false } },
        { stroke: line, width: 2, fill: chart.kind === "bars" ? line : undefined, paths, points: { show: chart.kind === "line", size: 7, fill: line } },
      ],
      bands: chart.kind === "bars" ? [] : [{ series: [2, 1], fill: "rgba(110, 140, 190, 0.18)" }],
    };
  }

  for (const holder of document.querySelectorAll("[data-chart]")) {
    const chart = charts[Number(holder.dataset.chart)];
    // the labels of a curve of steps are days, which are not evenly apart
    const along = chart.labels.map((label, at) => (chart.kind === "steps" ? Number(label) : at));
    const data = [along, chart.low, chart.high, chart.values];
    const plot = new uPlot(options(chart, holder.clientWidth), data, holder);
    new ResizeObserver(() => plot.setSize({ width: holder.clientWidth, height: HEIGHT })).observe(holder);
  }
})();
