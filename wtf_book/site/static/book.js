// Draws the interactive figures of a page in the colours of the theme, and again when the theme or the column changes.
(function () {
  'use strict';

  // A Plotly template from the theme's colours: it applies to every axis, and what a figure sets itself wins.
  function template(narrow) {
    const style = getComputedStyle(document.documentElement);
    const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    const ink = read('--pst-color-text-base', '#222');
    const paper = read('--pst-color-background', '#fff');
    const line = read('--pst-color-border', '#ccc');
    const axis = { gridcolor: line + '80', zeroline: false, linecolor: line, tickcolor: line, automargin: true,
                   title: { standoff: 10 } };
    const legend = narrow ? { orientation: 'h', y: -0.22, yanchor: 'top', x: 0 } : {};
    return { layout: {
      font: { color: ink, family: style.getPropertyValue('--pst-font-family-base') || 'sans-serif', size: narrow ? 12 : 13 },
      paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', xaxis: axis, yaxis: axis,
      margin: { t: 24, r: 12, b: 48, l: 56 }, colorway: ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'],
      hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink } },
      modebar: { bgcolor: 'rgba(0,0,0,0)', color: line, activecolor: ink },
      legend: Object.assign({ bgcolor: 'rgba(0,0,0,0)' }, legend),
    } };
  }

  const config = { displaylogo: false, responsive: false, modeBarButtonsToRemove: ['select2d', 'lasso2d'] };
  const narrow = element => element.clientWidth < 520;
  const drawn = new Set();

  // The only place that calls Plotly; the explorer uses it too.
  function draw(element, data, layout) {
    const full = Object.assign({}, layout, { template: template(narrow(element)), autosize: true });
    drawn.add(element);
    resize.observe(element);
    element.wtfFigure = { data, layout, width: element.clientWidth };
    return Plotly.react(element, data, full, config).then(() => element.classList.add('wtf-drawn'));
  }

  function again(element) {
    const figure = element.wtfFigure;
    if (figure) draw(element, figure.data, figure.layout);
  }

  // Plotly's responsive mode listens to the window only; the column also changes when a sidebar opens.
  const resize = new ResizeObserver(entries => {
    for (const { target } of entries) {
      if (target.wtfFigure && target.clientWidth && target.wtfFigure.width !== target.clientWidth) again(target);
    }
  });
  new MutationObserver(() => drawn.forEach(again))
    .observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

  window.wtfBook = { draw };

  for (const element of document.querySelectorAll('.wtf-plotly')) {
    const { data, layout } = JSON.parse(element.nextElementSibling.textContent);
    element.replaceChildren();
    draw(element, data, layout);
  }
})();
