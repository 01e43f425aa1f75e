"""A headless browser, where there is one."""

import json
import shutil
import warnings

import pytest

import pylimma
from pylimma.errors import PylimmaWarning

try:
    from selenium import webdriver
    from selenium.webdriver import ActionChains
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    webdriver = None

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
DRIVER = shutil.which("chromedriver")
MISSING = (
    "no browser: `apt-get install chromium chromium-driver` (Debian's names) and "
    "`pip install selenium` for the report's page"
)


class Page:
    """The report in a browser."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path):
        self.driver.get_log("performance")
        self.driver.get(path.resolve().as_uri())
        self.wait("document.body.dataset.ready === 'yes'")

    def run(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def wait(self, condition, seconds=20):
        WebDriverWait(self.driver, seconds).until(lambda d: d.execute_script(f"return {condition}"))

    def click(self, selector):
        element = self.driver.find_element("css selector", selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def text(self, selector):
        return self.driver.find_element("css selector", selector).text

    def type(self, selector, text):
        field = self.driver.find_element("css selector", selector)
        field.clear()
        field.send_keys(text)

    def choose(self, selector, text):
        Select(self.driver.find_element("css selector", selector)).select_by_visible_text(text)

    def click_point(self, host, gene):
        """Click where a gene lies in a scatter."""
        x, y = self.run(
            "const [host, gene] = arguments, chart = window.report.genes[host];"
            "return [chart.px[gene], chart.py[gene]]",
            host,
            gene,
        )
        self.click_at(host, x, y)

    def click_at(self, host, x, y):
        """Click at a place of a chart, in pixels from its corner."""
        canvas = self.driver.find_element("css selector", f"#{host} canvas")
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", canvas)
        size = canvas.size
        ActionChains(self.driver).move_to_element_with_offset(
            canvas, x - size["width"] / 2, y - size["height"] / 2
        ).click().perform()

    def addresses(self):
        """Everything the page asked for."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def faults(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture(scope="session")
def driver():
    if not (BROWSER and DRIVER and webdriver):
        pytest.skip(MISSING)
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "window-size=1400,1000"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        browser = webdriver.Chrome(
            options=options, service=webdriver.ChromeService(executable_path=DRIVER)
        )
        yield browser
        browser.quit()


@pytest.fixture
def page(driver):
    return Page(driver)


@pytest.fixture(scope="session")
def analysis():
    """20,000 genes, three groups, names that would be markup."""
    data = pylimma.simulate_counts(n_genes=20_000, n_samples=12, rng=4)
    counts = data.counts.rename(index={"gene7": "<b onclick=alert(1)>&\"'</b>"})
    samples = data.samples.assign(age=range(30, 42), batch=list("xyz") * 4)
    samples["group"] = ["a"] * 4 + ["b"] * 2 + ["b<i>"] * 2 + ["c"] * 4
    samples["group"] = samples["group"].replace("b<i>", "b")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        return pylimma.analyze(
            counts,
            samples,
            "~ 0 + group + batch",
            {"c <against> a": "c - a", "b - a": "b - a"},
            method="quality_weights",
            filter=False,
        )
