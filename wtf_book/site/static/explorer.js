// The explorer: any metric against any metric, the Pareto front in the right directions, and the same as a table.
// The data come with the page (wtf_book/site/explorer.py); the choices live in the address, so that a view can be shared.
(function () {
  'use strict';
  const root = document.getElementById('wtf-explorer');
  if (!root || !window.Plotly || !window.wtfBook) return;
  const { metrics, classes, sources, rows } = JSON.parse(document.getElementById('wtf-explorer-data').textContent);
  const LARGE_PX = 256;  // larger images get open symbols

  const has = (row, key) => row[key] !== null && row[key] !== undefined;
  const shown = (row, key) => row[key] / metrics[key].scale;
  const text = (row, key) => {
    const digits = { minimumFractionDigits: metrics[key].digits, maximumFractionDigits: metrics[key].digits };
    return has(row, key) ? shown(row, key).toLocaleString('en', digits) : '–';
  };
  const make = (tag, attributes) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const unique = values => [...new Set(values)];

  // ---- state: every choice has a list of options; anything else in the address falls back to the default ----
  const scales = [['auto', 'Automatic'], ['linear', 'Linear'], ['log', 'Logarithmic']];
  const axes = Object.entries(metrics).map(([key, m]) => [key, m.label]);
  const used = Object.entries(classes).filter(([key]) => rows.some(r => r.classes.includes(key)));
  const sizes = unique(rows.map(r => r.px)).sort((a, b) => a - b);
  const choices = {
    x: { label: 'Horizontal axis', options: axes, start: 'throughput_ips' },
    xscale: { label: 'Horizontal scale', options: scales, start: 'auto' },
    y: { label: 'Vertical axis', options: axes, start: 'top1_best' },
    yscale: { label: 'Vertical scale', options: scales, start: 'auto' },
    source: { label: 'Source', options: sources.map(s => [s, s]), start: sources[0] },
    class: { label: 'Class', options: [['all', 'All'], ...used.map(([key, c]) => [key, c.title])], start: 'all' },
    px: { label: 'Resolution', options: [['all', 'All'], ...sizes.map(px => [String(px), `${px} px`])], start: 'all' },
    front: { label: 'Pareto front', options: [['show', 'Show'], ['only', 'Only the front'], ['hide', 'Hide']], start: 'show' },
  };
  const state = {};
  function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const [name, { options, start }] of Object.entries(choices)) {
      state[name] = options.some(([value]) => value === asked.get(name)) ? asked.get(name) : start;
    }
  }
  function writeAddress() {
    const changed = Object.entries(state).filter(([name, value]) => 'xy'.includes(name) || value !== choices[name].start);
    history.replaceState(null, '', '#' + new URLSearchParams(changed));
  }

  // ---- what is shown ----
  const isLog = axis => state[axis + 'scale'] === 'auto' ? metrics[state[axis]].log : state[axis + 'scale'] === 'log';
  const noWorse = (key, a, b) => metrics[key].better === 'higher' ? a[key] >= b[key] : a[key] <= b[key];
  const dominates = (a, b) => noWorse(state.x, a, b) && noWorse(state.y, a, b) &&
    (a[state.x] !== b[state.x] || a[state.y] !== b[state.y]);
  const bestFirst = key => (a, b) => metrics[key].better === 'higher' ? b[key] - a[key] : a[key] - b[key];

  function select() {
    const chosen = rows.filter(r => r.source === state.source &&
      (state.class === 'all' || r.classes.includes(state.class)) && (state.px === 'all' || r.px === Number(state.px)));
    const complete = chosen.filter(r => has(r, state.x) && has(r, state.y));
    const front = new Set(complete.filter(r => !complete.some(other => dominates(other, r))));
    return { chosen, front, complete, drawn: state.front === 'only' ? complete.filter(r => front.has(r)) : complete };
  }

  // ---- the plot ----
  function hover(row) {
    const values = unique([state.y, state.x, 'params', 'macs']).filter(key => metrics[key] && has(row, key));
    const unit = key => metrics[key].unit ? ' ' + metrics[key].unit : '';
    return `<b>${row.label}</b><br>${classes[row.model_class].title}<br>` +
      values.map(key => `${metrics[key].title}: ${text(row, key)}${unit(key)}`).join('<br>') + `<br>${row.run}`;
  }
  function classTraces({ drawn, front }) {
    return Object.entries(classes).map(([key, { title, short, color, symbol }]) => {
      const own = drawn.filter(r => r.model_class === key).sort((a, b) => a.px - b.px);
      return { type: 'scatter', mode: 'markers', name: isNarrow() ? short : title,
        x: own.map(r => shown(r, state.x)), y: own.map(r => shown(r, state.y)),
        hovertext: own.map(hover), hovertemplate: '%{hovertext}<extra></extra>',
        marker: { color, opacity: 1, size: own.map(r => front.has(r) ? 11 : 8), line: { color, width: 1.5 },
          symbol: own.map(r => symbol + (r.px > LARGE_PX ? '-open' : '')) } };
    }).filter(trace => trace.x.length);
  }
  // Where a name goes beside a point, in pixels with y upwards: left, bottom, right, top.
  function textBox([px, py], width, [rise, side]) {
    const left = { right: px + 8, left: px - 8 - width, center: px - width / 2 }[side];
    const bottom = { top: py + 4, middle: py - 7, bottom: py - 18 }[rise];
    return [left, bottom, left + width, bottom + 14];
  }
  // Names beside points of the front, greedily, on the empty side, where they meet no point and no other name.
  function labels({ drawn, front }, width, height) {
    const place = axis => {
      const to = isLog(axis) ? Math.log10 : v => v;
      const all = drawn.map(r => to(shown(r, state[axis]))), low = Math.min(...all), span = Math.max(...all) - low || 1;
      return r => (to(shown(r, state[axis])) - low) / span;
    };
    const fx = place('x'), fy = place('y'), at = r => [fx(r) * width, fy(r) * height];
    const side = metrics[state.x].better === 'higher' ? 'right' : 'left';
    const rise = metrics[state.y].better === 'higher' ? 'top' : 'bottom';
    const positions = [[rise, side], ['middle', side], [rise, 'center'], [rise, side === 'left' ? 'right' : 'left']];
    const points = drawn.map(at), boxes = [], placed = [];
    for (const row of [...front].sort(bestFirst(state.y))) {
      const name = row.label.replace(/ @.*/, '') + (row.px > LARGE_PX ? ' @' + row.px : '');
      if (placed.some(p => p.name === name)) continue;
      const free = positions.find(position => {
        const [left, bottom, right, top] = textBox(at(row), name.length * 6.6, position);
        const inside = left > -30 && right < width + 20;
        const onPoint = points.some(([x, y]) => x > left - 4 && x < right + 4 && y > bottom - 4 && y < top + 4);
        const onText = boxes.some(box => left < box[2] && box[0] < right && bottom < box[3] && box[1] < top);
        return inside && !onPoint && !onText;
      });
      if (!free) continue;
      boxes.push(textBox(at(row), name.length * 6.6, free));
      placed.push({ row, name, position: free.join(' ') });
    }
    return placed;
  }
  function frontTraces(selected) {
    if (state.front === 'hide' || !selected.front.size) return [];
    const line = [...selected.front].sort((a, b) => bestFirst(state.x)(a, b) || bestFirst(state.y)(a, b));
    const named = labels(selected, plot.clientWidth - 130, plot.clientHeight - 210);
    const xy = list => ({ x: list.map(r => shown(r, state.x)), y: list.map(r => shown(r, state.y)) });
    return [
      { type: 'scatter', mode: 'lines', name: 'Pareto front', ...xy(line), hoverinfo: 'skip',
        line: { color: '#8a8f98', width: 2, shape: 'hv' } },
      { type: 'scatter', mode: 'markers+text', ...xy(named.map(n => n.row)), text: named.map(n => n.name), textfont: { size: 11 },
        textposition: named.map(n => n.position), hoverinfo: 'skip', showlegend: false, cliponaxis: false,
        marker: { size: 12, opacity: 0 } },  // unseen, but it keeps the text clear of the point
    ];
  }
  // Round values of a logarithmic axis: 1, 2, 5 a decade, and every digit when that gives fewer than three.
  function logTicks(values) {
    const low = Math.min(...values) / 1.1, high = Math.max(...values) * 1.1, found = [];
    for (const digits of [[1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
      found.length = 0;
      for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
        found.push(...digits.map(d => Number(`${d}e${power}`)).filter(v => v >= low && v <= high));
      }
      if (found.length > 2) break;
    }
    return { tickvals: found, ticktext: found.map(v => v.toLocaleString('en', { maximumFractionDigits: 6 })) };
  }
  const isNarrow = () => plot.clientWidth < 520;
  const axisTitle = name => {
    const { label, better } = metrics[state[name]], goal = better === 'higher' ? 'more is better' : 'less is better';
    return label + (isNarrow() && name === 'y' ? '<br>' : ', ') + goal;
  };
  function drawPlot(selected) {
    const axis = name => ({ title: { text: axisTitle(name) }, type: isLog(name) ? 'log' : 'linear',
      ...(isLog(name) && selected.drawn.length ? logTicks(selected.drawn.map(r => shown(r, state[name]))) : {}) });
    const legend = { orientation: 'h', y: -0.2, yanchor: 'top', entrywidthmode: 'fraction',
      ...(isNarrow() ? { x: -0.12, entrywidth: 0.5, font: { size: 11 } } : { x: 0, entrywidth: 0.25, font: { size: 12 } }) };
    const layout = { xaxis: axis('x'), yaxis: axis('y'), hovermode: 'closest', dragmode: false, showlegend: true, legend,
      margin: { t: 16, r: 16, b: 48, l: 56 } };
    window.wtfBook.draw(plot, [...frontTraces(selected), ...classTraces(selected)], layout);
  }

  // ---- the same as a table and in words ----
  let order = { key: 'y', up: null };  // up: null means best first
  const onAxis = key => key === 'x' || key === 'y';
  const lessIsBetter = key => onAxis(key) && metrics[state[key]].better === 'lower';
  const columns = {  // key -> heading, text of a row, what to sort by
    label: { title: () => 'Model', cell: r => r.label, value: r => r.label },
    y: { number: true, title: () => metrics[state.y].label, cell: r => metricCell(r, state.y), value: r => r[state.y] },
    x: { number: true, title: () => metrics[state.x].label, cell: r => metricCell(r, state.x), value: r => r[state.x] },
    front: { title: () => 'Front', cell: (r, front) => front.has(r) ? 'yes' : '', value: (r, front) => front.has(r) ? 0 : 1 },
    class: { title: () => 'Class', cell: r => className(r), value: r => className(r) },
    px: { number: true, title: () => 'Image (px)', cell: r => String(r.px), value: r => r.px },
  };
  const className = row => row.classes.map(key => classes[key].title).join(', ');
  const metricCell = (row, key) => text(row, key) + (row.borrowed && key.startsWith('top') ? ' *' : '');

  function heading(key) {
    const th = make('th', { scope: 'col' }), button = make('button', { type: 'button' });
    const up = order.up === null ? lessIsBetter(key) : order.up;
    button.textContent = columns[key].title();
    if (columns[key].number) th.className = 'wtf-number';
    if (key === order.key) th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    button.addEventListener('click', () => {
      const first = !onAxis(key) || lessIsBetter(key);  // the good end of a metric first, words from A
      order = { key, up: key === order.key ? !up : first };
      drawTable(select());
      frame.querySelector(`thead th[aria-sort] button`).focus();
    });
    th.append(button);
    return th;
  }
  function tableRow(row, keys, front) {
    const tr = make('tr', front.has(row) ? { class: 'on-front' } : {});
    for (const key of keys) {
      const cell = make(key === 'label' ? 'th' : 'td', key === 'label' ? { scope: 'row' } : {});
      cell.textContent = columns[key].cell(row, front);
      if (columns[key].number) cell.className = 'wtf-number';
      if (key === 'label') cell.prepend(make('span', { class: 'mark', style: `background: ${classes[row.model_class].color}` }));
      tr.append(cell);
    }
    return tr;
  }
  function drawTable({ drawn, front }) {
    const keys = Object.keys(columns).filter(key => key !== 'x' || state.x !== state.y), value = columns[order.key].value;
    const compare = (a, b) => typeof a === 'string' ? a.localeCompare(b) : a - b;
    const sorted = [...drawn].sort(order.up === null ? bestFirst(state[order.key])
      : (a, b) => compare(value(a, front), value(b, front)) * (order.up ? 1 : -1));
    const table = make('table', {});
    table.createCaption().textContent = `The ${sorted.length} runs of the plot. Choose a heading to sort.`;
    table.createTHead().insertRow().append(...keys.map(heading));
    table.createTBody().append(...sorted.map(row => tableRow(row, keys, front)));
    frame.replaceChildren(table);
  }

  function say({ chosen, complete, front, drawn }) {
    const names = unique([...front].sort(bestFirst(state.y)).map(r => r.label));
    summary.textContent = complete.length
      ? `Pareto front (${names.length} of ${unique(complete.map(r => r.label)).length} configurations): ${names.join(', ')}.`
      : 'No run of this selection has both values. Choose another metric, source, class or resolution.';
    const missing = chosen.length - complete.length, notes = [];
    if (missing) notes.push(`${missing} of ${chosen.length} runs lack one of the two values and are not shown.`);
    if (drawn.some(r => r.borrowed) && [state.x, state.y].some(key => key.startsWith('top'))) {
      notes.push('* Published accuracy of the same variant at the same resolution; it was not trained here.');
    }
    if (drawn.some(r => r.px > LARGE_PX)) notes.push('Open symbols: images larger than 256 px.');
    note.textContent = notes.join(' ');
    plot.setAttribute('aria-label', `${metrics[state.y].title} against ${metrics[state.x].title} for ${drawn.length} runs. ` +
      'The table below holds the same numbers.');
  }

  // ---- the page ----
  const form = make('form', { 'aria-label': 'What to show' });
  const plot = make('div', { class: 'plot', role: 'img' });
  const summary = make('p', { class: 'front', 'aria-live': 'polite' });
  const note = make('p', { class: 'note' });
  const frame = make('div', { class: 'wtf-table wtf-tall', role: 'region', tabindex: '0', 'aria-label': 'The runs shown' });
  const selects = {};
  form.addEventListener('submit', event => event.preventDefault());
  for (const [name, { label, options }] of Object.entries(choices)) {
    const wrap = make('label', { class: 'choose-' + name }), box = make('select', { name });
    wrap.append(label, box);
    options.forEach(([value, title]) => box.add(new Option(title, value)));
    box.addEventListener('change', () => { state[name] = box.value; writeAddress(); update(); });
    selects[name] = box;
    form.append(wrap);
  }
  const swap = make('button', { type: 'button', class: 'swap' });
  swap.textContent = 'Swap axes';
  swap.addEventListener('click', () => {
    [state.x, state.y, state.xscale, state.yscale] = [state.y, state.x, state.yscale, state.xscale];
    writeAddress();
    update();
  });
  form.append(swap);
  root.replaceChildren(form, plot, summary, note, frame);

  // Choices that would leave nothing to show say so in their lists.
  function markEmpty() {
    const own = rows.filter(r => r.source === state.source);
    for (const axis of ['x', 'y']) {
      for (const option of selects[axis].options) {
        const empty = !own.some(r => has(r, option.value));
        option.textContent = metrics[option.value].label + (empty ? ' – not measured' : '');
      }
    }
  }
  function update() {
    for (const [name, box] of Object.entries(selects)) box.value = state[name];
    order = { key: order.key, up: null };
    if (!onAxis(order.key)) order.key = 'y';
    markEmpty();
    const selected = select();
    drawPlot(selected);
    say(selected);
    drawTable(selected);
  }
  window.addEventListener('hashchange', () => { readAddress(); update(); });
  readAddress();
  update();

  // Turning a telephone changes what fits: names, titles and legend are laid out for the width.
  let narrow = isNarrow();
  new ResizeObserver(() => {
    if (narrow === isNarrow()) return;
    narrow = isNarrow();
    drawPlot(select());
  }).observe(plot);
})();
